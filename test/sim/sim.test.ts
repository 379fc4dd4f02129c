import assert from 'node:assert/strict';
import test from 'node:test';
import { measuredPrefix } from '../runner/tally.ts';
import { found } from './found.ts';
import { playSeeds } from './play-seeds.ts';
import { Report, story } from './report.ts';
import { runSeed } from './run.ts';

const seeds = 1_000;

test(`the guarantees hold in ${seeds} seeds`, async (context) => {
  const failed: string[] = [];
  const report = new Report();
  const all = Array.from({ length: seeds }, (_, index) => index + 1);
  await playSeeds(all, (result, tookMs) => {
    report.add(result, tookMs);
    if (result.violations.length > 0) failed.push(story(result));
  });
  context.diagnostic(`${measuredPrefix}${report.speed}`);
  assert.equal(
    failed.length,
    0,
    `${failed.length} of ${seeds} seeds failed:\n${failed.slice(0, 5).join('\n')}`,
  );
  // Else the operators were idle, and nothing was put to the test.
  assert.ok(report.answered > seeds * 10, `only ${report.answered} requests were answered`);
});

for (const { seed, plan, about } of found) {
  test(`seed ${seed}: ${about}`, async () => {
    const result = await runSeed({ seed, ...plan });
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
