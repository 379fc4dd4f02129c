import type { Host, LogEntry } from '@bramble/actors/index.ts';

/** The host of one simulated process: when it is killed, nothing of it ever runs again. */
export class ProcessHost implements Host {
  alive = true;
  /** How far this machine's wall clock is off. */
  skewMs = 0;
  /** A mutation: a process that does not know of another clock. */
  wallClockOnly = false;
  /** Timers that wait; a leak shows here. */
  timers = 0;
  readonly #machine: Host;
  /** A process's monotonic clock begins with it, as Node's does. */
  readonly #startedMs: number;
  readonly #onLog: (entry: LogEntry) => void;

  /** @param uptimeMs how long it has been running already */
  constructor(machine: Host, onLog: (entry: LogEntry) => void, uptimeMs = 0) {
    this.#machine = machine;
    this.#startedMs = machine.monotonic() - uptimeMs;
    this.#onLog = onLog;
  }

  now(): number {
    return Math.floor(this.#machine.now() + this.skewMs);
  }

  monotonic(): number {
    return this.#machine.monotonic() - this.#startedMs + (this.wallClockOnly ? this.skewMs : 0);
  }

  random(): number {
    return this.#machine.random();
  }

  defer(turn: () => void): void {
    this.#machine.defer(() => {
      if (this.alive) turn();
    });
  }

  timer(delayMs: number, fire: () => void): () => void {
    this.timers += 1;
    let waits = true;
    const leave = (): void => {
      if (waits) this.timers -= 1;
      waits = false;
    };
    const cancel = this.#machine.timer(delayMs, () => {
      leave();
      if (this.alive) fire();
    });
    return () => {
      leave();
      cancel();
    };
  }

  nextTurn(ready: number): number {
    return this.#machine.nextTurn(ready);
  }

  log(entry: LogEntry): void {
    if (this.alive) this.#onLog(entry);
  }

  /** SIGKILL. */
  kill(): void {
    this.alive = false;
  }

  /** A port's promise settles only for a process that still lives; nobody is there to hear it otherwise. */
  whileAlive<T>(work: () => Promise<T>): Promise<T> {
    if (!this.alive) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      work().then(
        (value) => this.alive && resolve(value),
        (error) => this.alive && reject(error),
      );
    });
  }
}
