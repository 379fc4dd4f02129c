import assert from 'node:assert/strict';
import test, { afterEach, beforeEach } from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { FleetWorld, podNamed } from './testing/fleet-world.ts';

let world: FleetWorld;
beforeEach(async () => {
  world = await FleetWorld.start();
  await world.put(podNamed('a', { nodeName: 'pi-1' }));
  await world.board();
  world.broker.published = [];
});
afterEach(() => world.finish());

function phase(name = 'a'): unknown {
  return (world.pod(name)?.['status'] as { phase?: unknown } | undefined)?.phase;
}

function lastAck(uid = 'uid-a'): number | undefined {
  return world
    .acks()
    .map(({ reports }) => reports[uid])
    .findLast((sequence) => sequence !== undefined);
}

const key = '/registry/pods/default/a';
const deleting = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };

test('G1: a report is acknowledged once it is on disk, and not before', async () => {
  world.disk.full = true;
  await world.report('uid-a', { sequence: 3 });
  assert.equal(lastAck(), undefined);
  assert.equal(phase(), 'Pending');
  world.disk.full = false;
  await world.report('uid-a', { sequence: 3 });
  assert.equal(phase(), 'Running');
  assert.equal(lastAck(), 3);
});

test("a board's own reports cause no manifest", async () => {
  await world.report('uid-a');
  assert.equal(phase(), 'Running');
  assert.equal(world.manifests().length, 0);
});

test('an older sequence is acknowledged and not applied; a new boot counts from anew', async () => {
  await world.report('uid-a', { sequence: 9, status: { phase: 'Running', message: 'new' } });
  await world.report('uid-a', { sequence: 4, status: { phase: 'Running', message: 'old' } });
  assert.equal((world.pod('a')?.['status'] as { message: string } | undefined)?.message, 'new');
  assert.equal(lastAck(), 4);
  await world.birth('pi-1', { boot: 2 });
  await world.report('uid-a', { boot: 1, sequence: 10, status: { phase: 'Running', message: 'dead boot' } });
  await world.report('uid-a', { boot: 2, sequence: 1, status: { phase: 'Running', message: 'newest' } });
  assert.equal((world.pod('a')?.['status'] as { message: string } | undefined)?.message, 'newest');
  assert.deepEqual([world.acks().at(-1)?.boot, lastAck()], [2, 1]);
});

test('a report of the old boot that reaches the disk late acknowledges nothing of the new one', async () => {
  world.broker.say('bramble/v1/nodes/pi-1/status/uid-a', {
    boot: 1,
    sequence: 900,
    uid: 'uid-a',
    namespace: 'default',
    name: 'a',
    observed: '',
    status: { phase: 'Running' },
    gone: false,
    unclaimed: false,
  });
  await world.birth('pi-1', { boot: 2 });
  await world.report('uid-a', { boot: 2, sequence: 5, status: { phase: 'Succeeded' } });
  assert.equal(phase(), 'Succeeded');
  for (const { boot, reports } of world.acks()) if (boot === 2) assert.equal(reports['uid-a'], 5);
});

test('a conflict is tried again on the newest object: labels and a deletion set meanwhile stay', async () => {
  const pod = world.pod('a') as KubeObject;
  const labelled = { ...pod, metadata: { ...pod.metadata, labels: { by: 'hand' }, ...deleting } };
  const writing = world.store.commit({ conditions: [], writes: [{ type: 'put', key, object: labelled }] });
  await world.report('uid-a');
  await writing;
  assert.equal(phase(), 'Running');
  assert.deepEqual(world.pod('a')?.metadata.labels, { by: 'hand' });
  assert.equal(world.pod('a')?.metadata.deletionTimestamp, deleting.deletionTimestamp);
  assert.equal(lastAck(), 1);
});

test('gone removes a pod that is being deleted, and no other', async () => {
  await world.report('uid-a', { gone: true, status: { phase: 'Failed' } });
  assert.equal(phase(), 'Failed');
  const pod = world.pod('a') as KubeObject;
  await world.put({ ...pod, metadata: { ...pod.metadata, ...deleting } });
  await world.report('uid-a', { sequence: 2, gone: true, status: { phase: 'Failed' } });
  assert.equal(world.pod('a'), undefined);
  assert.equal(lastAck(), 2);
  await world.report('uid-a', { sequence: 2, gone: true });
  assert.equal(world.acks().length, 3, 'and again, as the board may not have heard it');
});

test('a finalizer holds a pod that is gone, without any grace left to wait for', async () => {
  const pod = world.pod('a') as KubeObject;
  await world.put({ ...pod, metadata: { ...pod.metadata, ...deleting, finalizers: ['example.com/hold'] } });
  await world.report('uid-a', { gone: true, status: { phase: 'Succeeded' } });
  assert.equal(phase(), 'Succeeded');
  assert.equal(world.pod('a')?.metadata.deletionGracePeriodSeconds, 0);
  assert.equal(lastAck(), 1);
});

test('G7: a board says nothing about the pods of others, nor about what is none', async () => {
  await world.board('pi-2');
  // Which of two equal boards the scheduler takes is chance, so that one must be free of both.
  await world.put(podNamed('b', { nodeName: 'pi-2' }), podNamed('free', { nodeSelector: { none: 'such' } }));
  await world.elapse(1_000);
  const { revision } = world.store;
  await world.report('uid-b');
  await world.report('uid-free');
  await world.report('uid-other', { name: 'a' });
  await world.report('uid-x', { namespace: '../secrets', name: '__proto__' });
  assert.equal(world.store.revision, revision);
  assert.deepEqual([lastAck('uid-b'), lastAck('uid-free')], [1, 1], 'else they would be repeated for ever');
  assert.equal(world.controller.refusals.foreign, 2, 'what is gone is nobody’s');
  await world.report('uid-b', { uid: 'uid-a', name: 'a' });
  assert.equal(phase(), 'Pending', 'the topic and the report name different pods');
});

test('what runs unclaimed is left alone, and a person is told', async () => {
  await world.report('uid-a', { unclaimed: true });
  assert.equal(world.events('UnclaimedPod').length, 1);
  assert.equal(phase(), 'Pending');
  assert.equal(lastAck(), undefined);
});

test('an unclaimed pod that is gone takes no room any more, before the board’s next birth too (G6)', async () => {
  const asking = (cpu: string): object => ({
    containers: [{ name: 'main', resources: { requests: { cpu } } }],
  });
  const pod = { spec: asking('3') };
  await world.report('uid-x', { unclaimed: true, pod });
  await world.put(podNamed('b', asking('2')));
  await world.elapse(1_000);
  const boardOfB = (): unknown => (world.pod('b')?.['spec'] as { nodeName?: string } | undefined)?.nodeName;
  assert.equal(boardOfB(), undefined, 'of four processors there is one left');
  await world.report('uid-x', { sequence: 2, unclaimed: true, gone: true, pod });
  await world.elapse(1_000);
  assert.deepEqual(world.controller.unclaimed.all, []);
  assert.equal(boardOfB(), 'pi-1');
});

test('nobody is told of an unclaimed pod that is gone that it goes on', async () => {
  await world.report('uid-x', { unclaimed: true, gone: true });
  assert.deepEqual(world.controller.unclaimed.all, []);
  assert.equal(world.events('UnclaimedPod').length, 0);
  assert.equal(lastAck('uid-x'), undefined, 'its board waits for nothing');
});

test('a finished pod stays finished', async () => {
  await world.report('uid-a', { status: { phase: 'Succeeded' } });
  await world.report('uid-a', { sequence: 2, status: { phase: 'Running' } });
  assert.equal(phase(), 'Succeeded');
  assert.equal(lastAck(), 2);
});

test('G8: a status that is none, or none of Kubernetes, breaks nobody', async () => {
  const statuses = [
    { phase: 'Running', conditions: 'many' },
    { containerStatuses: [null] },
    { containerStatuses: { length: 1 } },
    { phase: 7 },
    { podIPs: [{ ip: {} }] },
  ];
  for (const [index, status] of statuses.entries())
    await world.report('uid-a', { sequence: index + 1, status });
  assert.equal(phase(), 'Pending');
  assert.equal(lastAck(), undefined);
  await world.report('uid-a', { sequence: 9, status: { phase: 'Running', inventedLater: 1, reason: null } });
  assert.equal(phase(), 'Running');
  assert.ok(!JSON.stringify(world.pod('a')).includes('inventedLater'));
});

test('a board that reports without a pause is acknowledged all the same', async () => {
  for (let sequence = 1; sequence <= 30; sequence += 1) {
    void world.broker.say('bramble/v1/nodes/pi-1/status/uid-a', {
      boot: 1,
      sequence,
      uid: 'uid-a',
      namespace: 'default',
      name: 'a',
      observed: '',
      status: { phase: 'Running', message: String(sequence) },
      gone: false,
      unclaimed: false,
    });
    await world.elapse(5);
  }
  assert.ok(world.acks().length >= 4, `${world.acks().length} acknowledgements in 150 ms`);
});

const started = {
  type: 'Normal',
  reason: 'Started',
  message: 'Started container main',
  fieldPath: 'spec.containers{main}',
} as const;

test('events are told once for what happened once, and only when it is on disk', async () => {
  const notes = [{ ...started, number: 1, atMs: world.host.now() }];
  const pod = world.pod('a') as KubeObject;
  const writing = world.store.commit({ conditions: [], writes: [{ type: 'put', key, object: pod }] });
  await world.report('uid-a', { status: { phase: 'Running' }, notes });
  await writing;
  await world.report('uid-a', { sequence: 2, status: { phase: 'Running' }, notes });
  assert.deepEqual(
    world.events('Started').map((event) => [event['count'], event.metadata.namespace]),
    [[1, 'default']],
  );
});

test('what happens again is counted, with no change of the status too; what comes out of order in time is not lost', async () => {
  const at = (number: number): object => ({ ...started, number, atMs: world.host.now() - 5_000 + number });
  await world.report('uid-a', { status: { phase: 'Running' }, notes: [at(7)] as never });
  await world.report('uid-a', {
    sequence: 2,
    status: { phase: 'Running' },
    notes: [at(7), at(8), at(9)] as never,
  });
  const [event, ...others] = world.events('Started');
  assert.deepEqual(others, []);
  assert.equal(event?.['count'], 3);
  assert.deepEqual(event?.['involvedObject'], {
    ...(event?.['involvedObject'] as object),
    name: 'a',
    fieldPath: 'spec.containers{main}',
  });
});

test('a board whose clock is wrong by years tells of what happens now', async () => {
  await world.report('uid-a', { notes: [{ ...started, number: 1, atMs: 0 }] });
  const now = new Date(world.host.now()).toISOString().slice(0, 13);
  assert.match(String(world.events('Started')[0]?.['lastTimestamp']), new RegExp(`^${now}`));
});

test('an acknowledgement that waits when the board starts anew says nothing to the new boot', async () => {
  world.broker.say('bramble/v1/nodes/pi-1/status/uid-gone', {
    boot: 1,
    sequence: 900,
    uid: 'uid-gone',
    namespace: 'default',
    name: 'gone',
    observed: '',
    status: {},
    gone: true,
    unclaimed: false,
  });
  await world.elapse(1);
  await world.birth('pi-1', { boot: 2 });
  await world.report('uid-gone', { boot: 2, sequence: 3, gone: true });
  assert.deepEqual(
    world.acks().map(({ boot, reports }) => [boot, reports]),
    [[2, { 'uid-gone': 3 }]],
  );
});

test('a board that lacks a pod which has ended is told how; its digest says nothing of it', async () => {
  const status = { phase: 'Failed', reason: 'OutOfcpu', conditions: [] };
  await world.put({ ...podNamed('ended', { nodeName: 'pi-1' }), status });
  await world.birth('pi-1', { boot: 2 });
  const told = world
    .objects()
    .map(({ object, ended }) => [(object['metadata'] as { name: string }).name, ended]);
  assert.deepEqual(Object.fromEntries(told), { ended: status, a: undefined });
  const before = world.manifests().at(-1)?.objects;
  world.broker.published = [];
  await world.put({ ...(world.pod('a') as KubeObject), status });
  await world.birth('pi-1', { boot: 3, held: { ...before } });
  assert.deepEqual(world.manifests().at(-1)?.objects, before);
  assert.equal(world.objects().length, 0);
});
