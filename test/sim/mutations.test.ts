import assert from 'node:assert/strict';
import test from 'node:test';
import { mutations } from './mutations.ts';
import { deeperMutations } from './mutations-deeper.ts';
import { runSeed } from './run.ts';

/** Seeds differ in what goes wrong, and some never come to the place where a mutation matters. */
const mostSeeds = 40;

for (const { name, breaks, change } of [...mutations, ...deeperMutations]) {
  test(`noticed as ${breaks}: ${name}`, async () => {
    // What is broken in one way shows in others too; the check that is meant for it has to be among them.
    const others: string[] = [];
    for (let seed = 1; seed <= mostSeeds; seed += 1) {
      const { violations } = await runSeed({ ...change, seed });
      if (violations.some(({ guarantee }) => guarantee === breaks)) return;
      for (const { guarantee, message } of violations) others.push(`seed ${seed}: ${guarantee} ${message}`);
    }
    assert.fail(`${mostSeeds} seeds did not break ${breaks}, but:\n${others.join('\n')}`);
  });
}
