import assert from 'node:assert/strict';
import test from 'node:test';
import { found } from './found.ts';
import { playSeeds } from './play-seeds.ts';
import { type RunResult, runSeed } from './run.ts';

const seeds = 200;

function story({ seed, plan, violations }: RunResult): string {
  const lines = violations.map(
    ({ guarantee, message, atMs }) => `  ${guarantee} at ${(atMs / 1_000).toFixed(1)} s: ${message}`,
  );
  return [`node test/sim/main.ts --seed ${seed} --verbose`, `  ${plan}`, ...lines].join('\n');
}

test(`the guarantees hold in ${seeds} seeds`, async () => {
  const failed: string[] = [];
  let answered = 0;
  const all = Array.from({ length: seeds }, (_, index) => index + 1);
  await playSeeds(all, (result) => {
    answered += result.answered;
    if (result.violations.length > 0) failed.push(story(result));
  });
  assert.equal(
    failed.length,
    0,
    `${failed.length} of ${seeds} seeds failed:\n${failed.slice(0, 5).join('\n')}`,
  );
  // Else the operators were idle, and nothing was put to the test.
  assert.ok(answered > seeds * 10, `only ${answered} requests were answered`);
});

for (const { seed, about } of found) {
  test(`seed ${seed}: ${about}`, async () => {
    const result = await runSeed({ seed });
    assert.equal(result.violations.length, 0, story(result));
  });
}

test('the same seed tells the same story', async () => {
  for (const seed of [3, 7, 11]) {
    const first = await runSeed({ seed });
    const second = await runSeed({ seed });
    assert.equal(second.lines, first.lines);
    assert.equal(second.digest, first.digest, `seed ${seed}`);
  }
  const [one, other] = [await runSeed({ seed: 3 }), await runSeed({ seed: 4 })];
  assert.notEqual(one.digest, other.digest);
});
