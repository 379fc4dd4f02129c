import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { killAgentAtMoments } from '../kill/agent/agent-kills.ts';
import { openStage, type Stage } from '../kill/agent/stage.ts';

/** Of each kind of life; each dies once in every phase. `npm run test:kill-agent` takes all moments there are. */
const livesOfAKind = 1;
const seed = process.pid;

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.dispose());

test('G5 kill -9 of the agent between any two steps of a pod’s life: one container of each, none started again, nothing left', async (t) => {
  const { known, killed, missed, wrong } = await killAgentAtMoments(stage, { seed, livesOfAKind });
  t.diagnostic(`seed ${seed}: killed at ${killed.length} of ${known} moments: ${killed.join('; ')}`);
  assert.deepEqual(wrong, []);
  assert.ok(killed.length > missed.length, `these moments did not come: ${missed.join('; ')}`);
});
