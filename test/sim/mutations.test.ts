import assert from 'node:assert/strict';
import test from 'node:test';
import { mutations } from './mutations.ts';
import { runSeed } from './run.ts';

/** Seeds differ in what goes wrong, and some never come to the place where a mutation matters. */
const mostSeeds = 25;

for (const { name, breaks, change } of mutations) {
  test(`noticed: ${name}`, async () => {
    for (let seed = 1; seed <= mostSeeds; seed += 1) {
      const { violations } = await runSeed({ ...change, seed });
      if (violations.length === 0) continue;
      const found = violations.map(({ guarantee }) => guarantee);
      const messages = violations.map(({ guarantee, message }) => `${guarantee} ${message}`).join('\n');
      assert.ok(
        found.some((guarantee) => breaks.includes(guarantee)),
        `seed ${seed} should break ${breaks.join(' or ')}:\n${messages}`,
      );
      return;
    }
    assert.fail(`${mostSeeds} seeds did not notice it`);
  });
}
