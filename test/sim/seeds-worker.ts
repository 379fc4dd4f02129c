import { parentPort } from 'node:worker_threads';
import { runSeed } from './run.ts';

// One thread of `playSeeds`: is told a seed, plays it, tells the result, and waits for the next.

parentPort?.on('message', (seed: number) => {
  void runSeed({ seed }).then((result) => parentPort?.postMessage(result));
});
