import assert from 'node:assert/strict';
import test from 'node:test';
import { topics } from '@bramble/protocol/topics.ts';
import { podObject } from '../pods/testing/objects.ts';
import { node, Rig } from '../pods/testing/rig.ts';

async function linked(): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(200);
  rig.want(['pods', podObject('a')]);
  await rig.host.elapse(1_000);
  return rig;
}

async function sendAway(
  rig: Rig,
  said: { boot?: number; bootId?: string; epoch?: number } = {},
): Promise<void> {
  const { boot = rig.world.boots, bootId = rig.world.bootId, epoch = rig.epoch } = said;
  const fence = { ...rig.fence(), epoch };
  rig.order(topics.acks(node), { fence, boot, reports: {}, copied: { bootId, message: 'a copy' } });
  await rig.host.elapse(60_000);
}

test('an agent that runs on a copy leaves, says why, and comes back after minutes; its pods run on', async () => {
  const rig = await linked();
  await sendAway(rig);
  assert.equal(rig.connections.length, 1);
  assert.ok(rig.link.closed);
  const said = rig.host.logs.filter(({ message }) => message.startsWith('BRAMBLE_IDENTITY_CLONED'));
  assert.deepEqual(
    said.map(({ level, fields }) => [level, fields?.['message']]),
    [['error', 'a copy']],
  );
  const redials = rig.host.logs.flatMap(({ fields }) => fields?.['redialMs'] ?? []);
  assert.equal(redials.length, 1);
  assert.ok(Number(redials[0]) >= 450_000, 'the wait that is said is the one that is taken');
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  await rig.host.elapse(900_000);
  assert.equal(rig.connections.length, 2);
  assert.equal(rig.births().length, 1);
});

test('the board itself, which hears the same, stays', async () => {
  const rig = await linked();
  await sendAway(rig, { boot: rig.world.boots + 1 });
  await sendAway(rig, { bootId: 'of-another-machine' });
  await sendAway(rig, { epoch: 0 });
  assert.equal(rig.connections.length, 1);
  assert.ok(!rig.link.closed);
});
