import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { RunResult } from './run.ts';

/** Plays many seeds, one thread for each processor; `onResult` hears of them in the order in which they end. */
export async function playSeeds(
  seeds: readonly number[],
  onResult: (result: RunResult, tookMs: number) => void,
): Promise<void> {
  const left = [...seeds];
  const threads = Math.min(availableParallelism(), seeds.length);
  await Promise.all(Array.from({ length: threads }, () => playSome(left, onResult)));
}

function playSome(left: number[], onResult: (result: RunResult, tookMs: number) => void): Promise<void> {
  const worker = new Worker(new URL('./seeds-worker.ts', import.meta.url));
  return new Promise<void>((resolve, reject) => {
    let startedMs = 0;
    const next = (): void => {
      const seed = left.shift();
      if (seed === undefined) return resolve();
      startedMs = performance.now();
      worker.postMessage(seed);
    };
    worker.on('message', (result: RunResult) => {
      onResult(result, performance.now() - startedMs);
      next();
    });
    worker.on('error', reject);
    next();
  }).finally(() => worker.terminate());
}
