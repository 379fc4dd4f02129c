import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutPowerAtRandom } from '../kill/board/power-cuts.ts';

/** `npm run test:kill-board` takes twenty. */
const rounds = 2;

test('G5 G6 a board under churn that loses its power, and what it had not synced, has its pods back, once each', async (t) => {
  const seed = process.pid;
  const { cuts, changes, cutOff, wrong } = await cutPowerAtRandom({ rounds, seed });
  t.diagnostic(
    `seed ${seed}: ${cuts} cuts among ${changes} changes, ${cutOff} with no network at the next start`,
  );
  assert.deepEqual(wrong, []);
  assert.equal(cuts, rounds);
  assert.ok(changes > 0, 'nothing was changed');
});
