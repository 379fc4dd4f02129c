import { setTimeout as pause } from 'node:timers/promises';

const everyMs = 200;

/** An honest user who asks for something small again and again, and notes how long each answer took. */
export class Prober {
  readonly tookMs: number[] = [];
  readonly #ask: () => Promise<unknown>;
  #stopped = false;
  #working: Promise<void>;
  failed = 0;

  constructor(ask: () => Promise<unknown>) {
    this.#ask = ask;
    this.#working = this.#work();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const startedMs = performance.now();
      await this.#ask().then(
        () => this.tookMs.push(performance.now() - startedMs),
        () => {
          this.failed += 1;
        },
      );
      await pause(everyMs);
    }
  }
}

/** The least value that so large a share of all does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
