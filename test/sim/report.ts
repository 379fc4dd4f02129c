import type { RunResult } from './run.ts';

/** What many seeds came to. Holds numbers alone, however many there are. */
export class Report {
  played = 0;
  failed = 0;
  answered = 0;
  #steps = 0;
  #virtualMs = 0;
  #seedsMs = 0;
  readonly #startedMs = performance.now();

  add({ violations, steps, virtualMs, answered }: RunResult, tookMs: number): void {
    this.played += 1;
    if (violations.length > 0) this.failed += 1;
    this.answered += answered;
    this.#steps += steps;
    this.#virtualMs += virtualMs;
    this.#seedsMs += tookMs;
  }

  /** A step is a turn of an actor, or an event of the clock. */
  get speed(): string {
    const seconds = (performance.now() - this.#startedMs) / 1_000;
    const perSecond = Math.round(this.#steps / seconds).toLocaleString('en');
    const hours = (this.#virtualMs / 3_600_000).toFixed(1);
    const each = Math.round(this.#seedsMs / Math.max(1, this.played));
    return `${perSecond} steps a second, ${this.played} seeds of ${each} ms in ${seconds.toFixed(0)} s, ${hours} simulated hours`;
  }
}

/** How to play a seed again, and what was wrong in it. */
export function story({ seed, plan, violations }: RunResult): string {
  const lines = violations.map(
    ({ guarantee, message, atMs }) => `  ${guarantee} at ${(atMs / 1_000).toFixed(1)} s: ${message}`,
  );
  return [`seed ${seed} FAILED: npm run sim -- --seed ${seed} --verbose`, `  ${plan}`, ...lines].join('\n');
}
