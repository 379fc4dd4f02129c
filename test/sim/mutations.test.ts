import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { patchMutations } from './mutations/patches.ts';
import { seamMutations } from './mutations/seams/index.ts';
import type { Outcome, Task } from './mutations/worker.ts';

/** Seeds differ in what goes wrong, and some never come to the place where a mutation matters. */
const mostSeeds = 500;

describe('mutations', { concurrency: availableParallelism() }, () => {
  for (const { name, breaks } of [...seamMutations, ...patchMutations])
    test(`noticed as ${breaks}: ${name}`, async (context) => {
      const { seed, others } = await search({ name, mostSeeds });
      context.diagnostic(`seed ${seed}`);
      // What is broken in one way shows in others too; the check that is meant for it has to be among them.
      assert.ok(seed !== undefined, `${mostSeeds} seeds did not break ${breaks}, but:\n${others.join('\n')}`);
    });
});

/** In a thread of its own, which alone has the mutation in it. */
async function search(task: Task): Promise<Outcome> {
  const worker = new Worker(new URL('./mutations/worker.ts', import.meta.url), { workerData: task });
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the thread ended with ${code} before its answer`)));
    });
  } finally {
    await worker.terminate();
  }
}
