import { parentPort } from 'node:worker_threads';
import { runSeed } from './run.ts';

// One thread of `playSeeds`: asks for a seed, plays it, tells the result, and asks again.

parentPort?.on('message', (seed: number) => {
  void runSeed({ seed }).then((result) => parentPort?.postMessage(result));
});
