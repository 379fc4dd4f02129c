import assert from 'node:assert/strict';
import test from 'node:test';
import { digestOf } from '@bramble/protocol/digest.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { podObject } from './testing/objects.ts';
import { node, Rig, storeA, storeB } from './testing/rig.ts';

function onPort(name: string): KubeObject {
  const ports = [{ containerPort: 80, hostPort: 8_080 }];
  return podObject(name, { containers: [{ name: 'web', image: 'i:1', ports }] });
}

function deleted(pod: KubeObject): KubeObject {
  const metadata = {
    ...pod.metadata,
    deletionTimestamp: '2026-01-01T00:00:00Z',
    deletionGracePeriodSeconds: 0,
  };
  return { ...pod, metadata };
}

function useStore(rig: Rig, storeId: string, epoch: number): void {
  rig.storeId = storeId;
  rig.epoch = epoch;
}

async function endedUnderAnotherStore(): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(200);
  const pod = onPort('a');
  rig.want(['pods', pod]);
  await rig.host.elapse(1_000);
  rig.want(['pods', deleted(pod)]);
  await rig.host.elapse(5_000);
  assert.equal(rig.lastReport('a').gone, true);
  // Before the acknowledgement, an old copy takes the store's place.
  useStore(rig, storeB, 1);
  return rig;
}

test('a pod that its own store has ended leaves no trace when another store takes over', async () => {
  const rig = await endedUnderAnotherStore();
  rig.want(['pods', onPort('b')]);
  await rig.host.elapse(2_000);
  assert.deepEqual(rig.world.runningNames(), ['b/web'], 'its host port is free');
  assert.ok(!rig.world.journal.has('pods/uid-a'));
  const said = rig.reports('a').length;
  await rig.host.elapse(3_600_000);
  assert.equal(rig.reports('a').length, said, 'nothing is reported that nobody would acknowledge');
});

test('and its own store, coming back, hears that it is gone', async () => {
  const rig = await endedUnderAnotherStore();
  rig.want(['pods', onPort('b')]);
  await rig.host.elapse(2_000);
  useStore(rig, storeA, 2);
  rig.want(['pods', deleted(onPort('a'))]);
  await rig.host.elapse(5_000);
  const { gone, unclaimed } = rig.lastReport('a');
  assert.deepEqual([gone, unclaimed], [true, false]);
  assert.deepEqual(rig.world.runningNames(), ['b/web'], 'the other store’s pod goes on, unclaimed');
});

test('what the earlier store said of it, said again by a broker, is not told as held (G7)', async () => {
  const rig = await endedUnderAnotherStore();
  useStore(rig, storeA, rig.epoch);
  const old = rig.fence();
  useStore(rig, storeB, 1);
  rig.want(['pods', onPort('b')]);
  await rig.host.elapse(2_000);
  const object = onPort('a');
  rig.order(topics.object(node, 'pods', 'uid-a'), { fence: old, digest: digestOf('pods', object), object });
  rig.deliver(topics.nodeSession(node), Buffer.from('asked for a birth'));
  await rig.host.elapse(130_000);
  assert.equal(rig.births().length, 2);
  assert.deepEqual(Object.keys(rig.births().at(-1)?.held ?? {}), ['pods/uid-b']);
});
