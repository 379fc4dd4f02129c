/** Everything nondeterministic that an actor system needs, so that a simulation can own it. */
export interface Host {
  /** Wall clock, milliseconds since the Unix epoch. May jump; use it for timestamps only. */
  now(): number;
  /** Milliseconds from an arbitrary origin; never goes back. Use it for durations. */
  monotonic(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Runs `turn` soon, after the current turn has returned. */
  defer(turn: () => void): void;
  /** Runs `fire` once after `delayMs` (finite, 0 or more, however long), never at once; the returned function cancels it. */
  timer(delayMs: number, fire: () => void): () => void;
  /** Which of `ready` waiting actors runs next, in [0, ready). Production answers 0: first come, first served. */
  nextTurn(ready: number): number;
  log(entry: LogEntry): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEntry {
  readonly level: LogLevel;
  /** Path of the actor that speaks, or the name of the adapter. */
  readonly from: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}
