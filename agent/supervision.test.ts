import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { podObject } from './pods/testing/objects.ts';
import { Rig, storeB } from './pods/testing/rig.ts';

async function running(...pods: readonly KubeObject[]): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(100);
  rig.want(...pods.map((pod) => ['pods', pod] as const));
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.crashes, []);
  return rig;
}

function ids(rig: Rig): string[] {
  return rig.world.running().map(({ id }) => id);
}

test('a pod that is ordered runs, and is reported with its address and stages', async () => {
  const rig = await running(podObject('a'));
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  const report = rig.lastReport('a');
  const { phase, podIP, hostIP, containerStatuses, conditions } = report.status as PodStatus;
  assert.deepEqual({ phase, podIP, hostIP }, { phase: 'Running', podIP: '10.42.1.2', hostIP: '192.168.1.5' });
  assert.equal(containerStatuses?.[0]?.ready, true);
  assert.equal(containerStatuses?.[0]?.containerID, 'podman://c0001');
  assert.equal(conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  assert.deepEqual(Object.keys(report.stages ?? {}).sort(), [
    'created',
    'journaled',
    'network',
    'pulled',
    'received',
    'running',
    'started',
  ]);
});

test('G5: after kill -9 the agent adopts what runs: same containers, none started again', async () => {
  const rig = await running(podObject('a'), podObject('b'));
  const before = ids(rig);
  rig.kill();
  rig.boot();
  await rig.host.elapse(5_000);
  assert.deepEqual(ids(rig), before);
  assert.deepEqual(
    rig.world.running().map(({ starts }) => starts),
    [1, 1],
  );
  assert.equal((rig.lastReport('a').status as PodStatus).phase, 'Running');
});

test('G5: a board that reboots without a network runs what it ran, with the same addresses', async () => {
  const rig = await running(podObject('a'), podObject('b'));
  const addresses = new Map(rig.world.networks);
  rig.kill();
  rig.world.losePower();
  rig.autoConnect = false;
  rig.boot();
  await rig.host.elapse(5_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web', 'b/web']);
  assert.deepEqual(rig.world.networks, addresses);
});

test('G5: the journaled pods are started before the link is dialled', async () => {
  const rig = await running(podObject('a'));
  rig.kill();
  rig.world.losePower();
  const dialled = rig.connections.length;
  rig.boot();
  while (rig.connections.length === dialled) {
    await rig.host.settle();
    rig.host.step();
  }
  assert.ok(rig.world.effects.filter((name) => name.startsWith('attach')).length >= 1);
});

test('G5: an empty controller under another store stops nothing; what runs is reported unclaimed', async () => {
  const rig = await running(podObject('a'));
  const before = ids(rig);
  rig.storeId = storeB;
  rig.epoch = 1;
  rig.sequence = 0;
  rig.sendManifest([]);
  await rig.host.elapse(60_000);
  assert.deepEqual(ids(rig), before);
  const report = rig.lastReport('a');
  assert.equal(report.unclaimed, true);
  assert.equal(report.observed, '');
  assert.deepEqual(report.pod, podObject('a'), 'what it takes to create it anew goes along');
  const told = rig.reports('a').length;
  await rig.host.elapse(600_000);
  const repeats = rig.reports('a').length - told;
  assert.ok(repeats >= 1 && repeats <= 3, `told ${repeats} times in ten minutes: nobody may ever answer`);
  // Also what ends by itself is started again: the pod is still the board's to keep.
  rig.world.exit(before[0] ?? '', 1);
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  rig.kill();
  rig.boot();
  await rig.host.elapse(60_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
});

test('a store that names an unclaimed pod makes it its own, and may end it then', async () => {
  const rig = await running(podObject('a'));
  const before = ids(rig);
  rig.storeId = storeB;
  rig.sequence = 0;
  rig.sendManifest([]);
  await rig.host.elapse(1_000);
  rig.sendManifest([['pods', podObject('a')]]);
  await rig.host.elapse(1_000);
  assert.deepEqual(ids(rig), before);
  assert.equal(rig.lastReport('a').unclaimed, false);
  assert.equal(rig.lastReport('a').pod, undefined);
  rig.sendManifest([]);
  await rig.host.elapse(1_000);
  assert.deepEqual(ids(rig), []);
});

test('a pod that is absent from its store’s manifest ends, and its tombstone stays until acknowledged', async () => {
  const rig = await running(podObject('a'), podObject('b'));
  rig.want(['pods', podObject('b')]);
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.world.runningNames(), ['b/web']);
  assert.deepEqual([...rig.world.networks.keys()], ['uid-b']);
  assert.deepEqual([...rig.world.volumes.keys()], ['uid-b']);
  assert.equal(rig.lastReport('a').gone, true);
  assert.ok(rig.world.journal.has('pods/uid-a'));
  rig.kill();
  rig.boot();
  await rig.host.elapse(1_000);
  assert.equal(rig.lastReport('a').gone, true, 'it is said again after a restart');
  rig.ackAll();
  await rig.host.elapse(100);
  assert.deepEqual(
    [...rig.world.journal.keys()].filter((key) => key.includes('uid-a')),
    [],
  );
});

test('a pod that was deleted is stopped with the grace of its deletion', async () => {
  const rig = await running(podObject('a'));
  const deleted = podObject(
    'a',
    {},
    {
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 7,
    },
  );
  rig.want(['pods', deleted]);
  await rig.host.elapse(1_000);
  assert.ok(rig.world.effects.includes('stop c0001 7'), rig.world.effects.join('\n'));
  assert.equal(rig.lastReport('a').gone, true);
  // Its acknowledgement may come before the manifest that no longer names it.
  rig.ackAll();
  await rig.host.elapse(100);
  assert.deepEqual(ids(rig), []);
  rig.sendManifest([]);
  await rig.host.elapse(100);
  assert.deepEqual([...rig.world.journal.keys()].sort(), ['manifest', 'network', 'terms']);
});

test('a pod that no worker can live with leaves the others alone', async () => {
  const broken = podObject('broken', {
    containers: [{ name: 'web', image: 'i:1', resources: { limits: { cpu: 'a lot' } } }],
  });
  const rig = await running(broken, podObject('a'));
  await rig.host.elapse(600_000);
  assert.deepEqual(rig.crashes, []);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
  rig.world.exit(ids(rig)[0] ?? '', 1);
  await rig.host.elapse(1_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web']);
});

test('G9: what beats is not written: statuses, restarts and metrics leave the journal alone', async () => {
  const rig = await running(podObject('a'));
  const writes = (): number => rig.world.effects.filter((name) => name.startsWith('write')).length;
  const before = writes();
  for (let restart = 0; restart < 3; restart += 1) {
    rig.world.exit(ids(rig)[0] ?? '', 1);
    await rig.host.elapse(60_000);
  }
  assert.equal((rig.lastReport('a').status as PodStatus).containerStatuses?.[0]?.restartCount, 3);
  assert.equal(writes(), before);
});

test('a journal that was lost: what runs is left alone until its own store says that it is not wanted', async () => {
  const rig = await running(podObject('a'), podObject('b'));
  rig.kill();
  rig.world.journal.clear();
  rig.boot();
  await rig.host.elapse(60_000);
  assert.deepEqual(rig.world.runningNames(), ['a/web', 'b/web']);
  const before = ids(rig);
  rig.want(['pods', podObject('b')]);
  await rig.host.elapse(1_000);
  assert.deepEqual(ids(rig), before.slice(1), 'b is adopted, a ends');
  assert.equal(rig.lastReport('a').gone, true);
});

test('an unclaimed pod that is huge is reported without itself', async () => {
  const annotations = { essay: 'x'.repeat(300_000) };
  const rig = await running(podObject('a', {}, { annotations }));
  rig.storeId = storeB;
  rig.sequence = 0;
  rig.sendManifest([]);
  await rig.host.elapse(1_000);
  const { unclaimed, pod } = rig.lastReport('a');
  assert.deepEqual([unclaimed, pod], [true, undefined]);
});

test('a broker that does not let the board in makes it prove itself, and the next dialling uses what came of it', async () => {
  const rig = new Rig();
  rig.autoConnect = false;
  rig.boot();
  await rig.host.elapse(100);
  assert.equal(rig.proofs, 0);
  rig.link.emit({ type: 'closed', reason: 'no route' });
  await rig.host.elapse(1_000);
  assert.equal(rig.proofs, 0, 'a network that is down is no refusal');
  rig.link.emit({ type: 'closed', reason: 'Connection refused: Bad username or password', refused: true });
  await rig.host.elapse(2_000);
  assert.equal(rig.proofs, 1);
  assert.equal(rig.connections.length, 3);
});
