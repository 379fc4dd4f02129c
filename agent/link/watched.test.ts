import assert from 'node:assert/strict';
import test from 'node:test';
import { topics } from '@bramble/protocol/topics.ts';
import { podObject } from '../pods/testing/objects.ts';
import { node, storeA } from '../pods/testing/rig.ts';
import { linked, session } from './testing/linked.ts';

const pod = podObject('a');

test('while somebody asks how boards are it says so often, also from its birth on', async () => {
  const rig = await linked();
  session(rig, storeA, 1);
  rig.want(['pods', pod]);
  await rig.host.elapse(60_000);
  const before = rig.metrics().length;
  session(rig, storeA, 1, true);
  await rig.host.elapse(5_100);
  assert.equal(rig.metrics().length, before + 1, 'at once, but not with all others');
  await rig.host.elapse(15_000);
  assert.deepEqual([rig.metrics().length, rig.metrics().at(-1)?.intervalSeconds], [before + 2, 15]);
  session(rig, storeA, 1);
  await rig.host.elapse(15_000);
  assert.equal(rig.metrics().at(-1)?.intervalSeconds, 300, 'it tells that it will be quiet');
  const after = rig.metrics().length;
  await rig.host.elapse(280_000);
  assert.equal(rig.metrics().length, after);
});

test('another controller hears it often until it answers', async () => {
  const rig = await linked();
  session(rig, storeA, 1);
  rig.want(['pods', pod]);
  await rig.host.elapse(60_000);
  const before = rig.metrics().length;
  session(rig, storeA, 2);
  await rig.host.elapse(60_000);
  const said = rig.metrics().length - before;
  assert.ok(said >= 4, `${said} times in a minute`);
});

// Found by seeds 4468 and 11135 of the simulation.
test('what a machine is told that speaks in the board’s name is no answer to the board, and not obeyed', async () => {
  const rig = await linked();
  session(rig, storeA, 1);
  const { boot, bootId } = rig.answers;
  rig.sendObject('pods', pod);
  for (const answers of [
    { boot: boot + 3, bootId },
    { boot, bootId: 'of-the-copy' },
  ]) {
    rig.sequence += 1;
    rig.order(topics.manifest(node), { ...rig.manifestOf([['pods', pod]]), answers });
    await rig.host.elapse(60_000);
    const before = rig.metrics().length;
    await rig.host.elapse(60_000);
    const said = rig.metrics().length - before;
    assert.ok(said >= 4, `${said} times in a minute`);
  }
  assert.deepEqual(rig.world.runningNames(), []);
  rig.sendManifest([['pods', pod]]);
  await rig.host.elapse(20_000);
  assert.equal(rig.metrics().at(-1)?.intervalSeconds, 300);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
});

test('metrics say which manifest was applied, a second after that', async () => {
  const rig = await linked();
  await rig.host.elapse(5_000);
  assert.equal(rig.metrics().length, 1);
  assert.equal(rig.metrics()[0]?.manifest, undefined);
  rig.want(['pods', pod]);
  await rig.host.elapse(1_500);
  assert.equal(rig.metrics().length, 2);
  assert.deepEqual(rig.metrics().at(-1)?.manifest, { epoch: 1, sequence: 1 });
  for (let number = 0; number < 10; number += 1) {
    rig.want(['pods', { ...pod, spec: { ...(pod['spec'] as object), number } }]);
    await rig.host.elapse(100);
  }
  await rig.host.elapse(2_000);
  const more = rig.metrics().length - 2;
  assert.ok(more <= 2, `ten manifests within a second are shown ${more} times`);
  assert.deepEqual(rig.metrics().at(-1)?.manifest, { epoch: 1, sequence: 11 });
});

test('what shows a new manifest does not get lost: only that is acknowledged by the broker', async () => {
  const rig = await linked();
  session(rig, storeA, 1);
  rig.want(['pods', pod]);
  await rig.host.elapse(5_000);
  session(rig, storeA, 1, true);
  await rig.host.elapse(60_000);
  const said = rig.link.published.filter(({ topic }) => topic === topics.metrics(node));
  const sequences = rig.metrics().map(({ manifest }) => manifest?.sequence);
  const isNew = sequences.map((sequence, at) => sequence !== undefined && sequence !== sequences[at - 1]);
  assert.ok(isNew.includes(true) && isNew.includes(false));
  assert.deepEqual(
    said.map(({ qos }) => qos === 1),
    isNew,
  );
});
