import { setTimeout as pause } from 'node:timers/promises';

/** What one kind of churn did. */
export interface Done {
  times: number;
  failures: number;
  lastFailure: string;
}

/** Works that come back at their own pace, one of a kind at a time, until all are stopped. */
export class Pace {
  readonly done = new Map<string, Done>();
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[] = [];

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** @param everyMs between the ends and the beginnings, so that a slow machine is not flooded */
  every(everyMs: number, what: string, work: (times: number) => Promise<void>): void {
    const done: Done = { times: 0, failures: 0, lastFailure: '' };
    this.done.set(what, done);
    this.#loops.push(this.#loop(everyMs, done, work));
  }

  async #loop(everyMs: number, done: Done, work: (times: number) => Promise<void>): Promise<void> {
    // The first comes at any time, so that kinds of the same pace do not all come together.
    await this.rest(Math.random() * everyMs);
    while (!this.signal.aborted) {
      done.times += 1;
      await work(done.times).catch((error: unknown) => {
        done.failures += 1;
        done.lastFailure = error instanceof Error ? error.message : String(error);
      });
      await this.rest(everyMs);
    }
  }

  /** Waits, or less when all is stopped. */
  async rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.signal }).catch(() => {});
  }

  /** Resolves when each has ended what it had begun. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }
}

export const between = (least: number, most: number): number => least + Math.random() * (most - least);
