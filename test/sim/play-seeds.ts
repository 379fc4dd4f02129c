import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { failedRun, type RunResult } from './run.ts';

/** What a thread has gathered over so many seeds is given back to the machine. */
const seedsOfThread = 500;
/** A seed takes a second; one that takes this long goes round in a circle. */
const hungMs = 180_000;

/** Plays many seeds, one thread for each processor; `onResult` hears of them in the order in which they end. */
export async function playSeeds(
  seeds: Iterable<number>,
  onResult: (result: RunResult, tookMs: number) => void,
): Promise<void> {
  const left = seeds[Symbol.iterator]();
  const threads = Array.from({ length: availableParallelism() }, () => playSome(left, onResult));
  await Promise.all(threads);
}

/** A seed that ends its thread, or never ends, has failed; the others go on in a new one. */
async function playSome(
  left: Iterator<number>,
  onResult: (result: RunResult, tookMs: number) => void,
): Promise<void> {
  let thread = new SeedThread();
  for (let next = left.next(), played = 1; !next.done; next = left.next(), played += 1) {
    const startedMs = performance.now();
    const result = await thread.play(next.value);
    onResult(result, performance.now() - startedMs);
    if (!thread.broken && played % seedsOfThread !== 0) continue;
    await thread.end();
    thread = new SeedThread();
  }
  await thread.end();
}

class SeedThread {
  broken = false;
  readonly #worker = new Worker(new URL('./seeds-worker.ts', import.meta.url));

  async play(seed: number): Promise<RunResult> {
    const ended = new AbortController();
    const failed = (why: string): RunResult => {
      this.broken = true;
      return failedRun(seed, why);
    };
    const result = new Promise<RunResult>((resolve) => {
      const hung = setTimeout(() => resolve(failed(`it has not ended after ${hungMs / 1_000} s`)), hungMs);
      const answer = (message: RunResult): void => resolve(message);
      const crash = (error: Error): void => resolve(failed(error.stack ?? String(error)));
      this.#worker.on('message', answer).on('error', crash);
      ended.signal.addEventListener('abort', () => {
        clearTimeout(hung);
        this.#worker.off('message', answer).off('error', crash);
      });
    });
    this.#worker.postMessage(seed);
    return result.finally(() => ended.abort());
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
