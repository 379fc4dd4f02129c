import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { cpuToMilli } from '@bramble/protocol/schema/quantity.ts';
import { FleetWorld, podNamed } from '../fleet/testing/fleet-world.ts';
import type { ObjectStore, StoredObject } from '../store/types.ts';
import { scheduler } from './scheduler.ts';

let world: FleetWorld;
afterEach(() => world.finish());

function nodeOf(name: string): string | undefined {
  return (world.pod(name)?.['spec'] as { nodeName?: string } | undefined)?.nodeName;
}

function scheduled(name: string): { status: string; reason?: string; message?: string } | undefined {
  const status = world.pod(name)?.['status'] as
    | { conditions?: { type: string; status: string; reason?: string; message?: string }[] }
    | undefined;
  return status?.conditions?.find(({ type }) => type === 'PodScheduled');
}

function asking(name: string, cpu: string, spec: object = {}): KubeObject {
  return podNamed(name, {
    containers: [{ name: 'main', image: 'x', resources: { requests: { cpu } } }],
    ...spec,
  });
}

/** Written without waiting for it, as by somebody who is faster than the scheduler. */
function write(object: KubeObject): Promise<unknown> {
  const key = `/registry/pods/default/${object.metadata.name}`;
  return world.store.commit({ conditions: [], writes: [{ type: 'put', key, object }] });
}

function failedScheduling(): KubeObject[] {
  return world.events('FailedScheduling');
}

test('a pod is bound, on disk, with its condition and its event', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.put(podNamed('a'));
  await world.elapse(50);
  assert.equal(nodeOf('a'), 'pi-1');
  assert.equal(scheduled('a')?.status, 'True');
  assert.equal(world.events('Scheduled').length, 1);
  const steps = world.controller.trace.get('uid-a')?.steps.map(({ step }) => step);
  assert.deepEqual(steps, ['scheduler']);
});

test('other schedulers, gates, finished pods and pods that go are left alone', async () => {
  world = await FleetWorld.start();
  await world.board();
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  await world.put(
    podNamed('foreign', { schedulerName: 'own' }),
    podNamed('gated', { schedulingGates: [{ name: 'wait' }] }),
    { ...podNamed('done'), status: { phase: 'Succeeded' } } as KubeObject,
    podNamed('going', {}, { deletionTimestamp, finalizers: ['example.com/x'] }),
  );
  await world.elapse(200);
  assert.deepEqual(['foreign', 'gated', 'done', 'going'].map(nodeOf), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  await world.put(podNamed('gated'));
  await world.elapse(50);
  assert.equal(nodeOf('gated'), 'pi-1');
});

test('one event says why not; it is replaced when the reasons change, and not written for nothing', async () => {
  world = await FleetWorld.start();
  await world.put(podNamed('a'));
  await world.elapse(50);
  assert.match(String(failedScheduling()[0]?.['message']), /no nodes available/);
  await world.board();
  await world.elapse(50);
  assert.equal(nodeOf('a'), 'pi-1');
  await world.put(asking('big', '3'));
  await world.put(asking('bigger', '5'));
  await world.elapse(50);
  const [event, ...others] = failedScheduling().filter((one) => JSON.stringify(one).includes('bigger'));
  assert.deepEqual(others, []);
  assert.match(String(event?.['message']), /5000m asked, 1000m free/);
  assert.equal(scheduled('bigger')?.reason, 'Unschedulable');
  const { revision = '' } = { revision: world.pod('bigger')?.metadata.resourceVersion };
  await world.remove('/registry/pods/default/big');
  assert.equal(world.pod('bigger')?.metadata.resourceVersion, revision, 'only how much is free has changed');
  await world.elapse(61_000);
  await world.metrics();
  assert.match(scheduled('bigger')?.message ?? '', /4000m free|were not ready/, 'which is told in time');
  const node = world.node() as KubeObject;
  await world.put({ ...node, spec: { ...(node['spec'] as object), unschedulable: true } });
  await world.elapse(50);
  const again = failedScheduling().filter((one) => JSON.stringify(one).includes('bigger'));
  assert.equal(again.length, 1);
  assert.match(String(again[0]?.['message']), /were unschedulable/);
  assert.ok(Number(again[0]?.['count']) >= 2);
});

test('a waiting pod is tried again when a pod leaves, a board changes, or one joins', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.put(asking('first', '3'), asking('second', '3'));
  await world.elapse(50);
  assert.deepEqual(['first', 'second'].map(nodeOf), ['pi-1', undefined]);
  await world.remove('/registry/pods/default/first');
  await world.elapse(50);
  assert.equal(nodeOf('second'), 'pi-1');
  await world.put(podNamed('picky', { nodeSelector: { disk: 'ssd' } }), asking('third', '3'));
  await world.elapse(50);
  assert.deepEqual(['picky', 'third'].map(nodeOf), [undefined, undefined]);
  const node = world.node() as KubeObject;
  await world.put({
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, disk: 'ssd' } },
  });
  await world.board('pi-2');
  await world.elapse(50);
  assert.deepEqual(['picky', 'third'].map(nodeOf), ['pi-1', 'pi-2']);
});

/** Writes to a pod the moment it appears, ahead of the scheduler. */
function uponCreation(change: (created: KubeObject) => KubeObject): Promise<boolean>[] {
  const writes: Promise<boolean>[] = [];
  world.store.watch({
    prefix: '/registry/pods/',
    from: undefined,
    onEvents: (events) => {
      for (const { type, stored } of events) {
        if (type !== 'added') continue;
        const { key, revision, object } = stored;
        const transaction = {
          conditions: [{ key, revision }],
          writes: [{ type: 'put' as const, key, object: change(object) }],
        };
        writes.push(world.store.commit(transaction).then(({ ok }) => ok));
      }
    },
  });
  return writes;
}

test('who writes to a pod while it is bound loses nothing, and the pod is bound all the same', async () => {
  world = await FleetWorld.start({ syncMs: 5 });
  await world.board();
  const writes = uponCreation((pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { by: 'hand' } } }));
  await world.put(podNamed('a'));
  await world.elapse(100);
  assert.deepEqual(await Promise.all(writes), [true]);
  assert.equal(nodeOf('a'), 'pi-1');
  assert.deepEqual(world.pod('a')?.metadata.labels, { by: 'hand' });
  assert.equal(world.events('Scheduled').length, 1);
});

test('a binding that loses against one by hand gives its room back', async () => {
  world = await FleetWorld.start({ syncMs: 5 });
  await world.board();
  const writes = uponCreation((pod) =>
    pod.metadata.name === 'a' ? { ...pod, spec: { ...(pod['spec'] as object), nodeName: 'by-hand' } } : pod,
  );
  await world.put(asking('a', '3'));
  await world.put(asking('b', '3'));
  await world.elapse(100);
  assert.deepEqual(await Promise.all(writes), [true, true]);
  assert.deepEqual(['a', 'b'].map(nodeOf), ['by-hand', 'pi-1']);
});

test('the reason why a pod waits is written also when somebody wrote to the pod at that moment', async () => {
  world = await FleetWorld.start({ syncMs: 5 });
  const writes = uponCreation((pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { by: 'hand' } } }));
  await world.put(podNamed('a'));
  await world.elapse(200);
  assert.deepEqual(await Promise.all(writes), [true]);
  assert.equal(scheduled('a')?.reason, 'Unschedulable');
  assert.deepEqual(world.pod('a')?.metadata.labels, { by: 'hand' });
  assert.deepEqual(
    failedScheduling().map((event) => event['count']),
    [1],
  );
});

test('a pod that is changed at the moment a board has room for it is bound as it is then', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.put(asking('waits', '5'));
  await world.elapse(100);
  assert.equal(scheduled('waits')?.reason, 'Unschedulable');
  const node = world.node() as KubeObject;
  const roomy = { ...node, status: { ...(node['status'] as object), allocatable: { cpu: '8', pods: '9' } } };
  const changed = world.pod('waits') as KubeObject;
  const [container] = (changed['spec'] as { containers: object[] }).containers;
  const spec = { ...(changed['spec'] as object), containers: [{ ...container, image: 'y' }] };
  const put = (object: KubeObject, key: string) => ({ type: 'put' as const, key, object });
  const pod = put({ ...changed, spec }, '/registry/pods/default/waits');
  const writes = [put(roomy, '/registry/nodes/pi-1'), pod];
  await world.settled(world.store.commit({ conditions: [], writes }));
  await world.elapse(1_000);
  assert.equal(nodeOf('waits'), 'pi-1');
});

test('a pod that is deleted, or marked as going, while it is bound stays so', async () => {
  for (let delayMs = 1; delayMs < 14; delayMs += 1) {
    world = await FleetWorld.start({ syncMs: 4 });
    await world.board();
    const creating = [write(podNamed('a')), write(podNamed('b'))];
    await world.elapse(delayMs);
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    const key = '/registry/pods/default/a';
    const deleting = world.store.commit({ conditions: [], writes: [{ type: 'delete', key }] });
    const current = world.pod('b');
    const marking = current && write({ ...current, metadata: { ...current.metadata, deletionTimestamp } });
    await world.settled(Promise.all([...creating, deleting, marking]));
    await world.elapse(200);
    assert.equal(world.pod('a'), undefined);
    if (current) assert.equal(world.pod('b')?.metadata.deletionTimestamp, deletionTimestamp);
    world.finish();
  }
});

test('G3: what was bound by hand is never bound again, whoever is faster', async () => {
  for (let delayMs = 0; delayMs < 30; delayMs += 1) {
    world = await FleetWorld.start({ syncMs: 3 });
    await world.board('pi-1');
    await world.board('pi-2');
    const bindings: string[] = [];
    world.store.watch({
      prefix: '/registry/pods/',
      from: undefined,
      onEvents: (events) => {
        for (const { stored } of events) {
          const { nodeName } = stored.object['spec'] as { nodeName?: string };
          if (nodeName && bindings.at(-1) !== nodeName) bindings.push(nodeName);
        }
      },
    });
    const key = '/registry/pods/default/a';
    const creating = write(podNamed('a'));
    await world.elapse(delayMs);
    const current = world.store.get(key);
    const binding =
      current &&
      world.store.commit({
        conditions: [{ key, revision: current.revision }],
        writes: [{ type: 'put', key, object: podNamed('a', { nodeName: 'by-hand' }) }],
      });
    await world.settled(Promise.all([creating, binding]));
    await world.elapse(200);
    const byHand = binding && (await binding).ok && !bindings.some((node) => node.startsWith('pi-'));
    if (byHand) assert.deepEqual(bindings, ['by-hand']);
    assert.ok(bindings.filter((node) => node.startsWith('pi-')).length <= 1);
    if (bindings[0] === 'by-hand') assert.equal(bindings.length, 1);
    world.finish();
  }
});

test('G3: a binding that the store knows of, and the scheduler not yet, is not overwritten', () => {
  const host = new VirtualHost();
  const key = '/registry/pods/default/a';
  const stored = (object: KubeObject, revision: number): StoredObject => ({
    key,
    object,
    revision,
    json: '',
  });
  const free = stored(podNamed('a'), 1);
  const status = {
    allocatable: { cpu: '4', memory: '4Gi', pods: '9' },
    conditions: [{ type: 'Ready', status: 'True' }],
  };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-1' }, spec: {}, status } as KubeObject;
  let current = free;
  let commits = 0;
  const store: ObjectStore = {
    storeId: 's',
    revision: 2,
    get: () => current,
    list: (prefix) =>
      prefix.includes('nodes') ? [{ ...free, key: '/registry/nodes/pi-1', object: node }] : [free],
    watch: () => ({ ok: true, stop: () => {} }),
    commit: () => {
      commits += 1;
      return new Promise(() => {});
    },
  };
  const events = { path: 'events', send: () => true };
  const system = new ActorSystem(host, { onRootFailure: assert.ifError });
  system.run('scheduler', scheduler({ store, events, onBound: () => {} }));
  current = stored(podNamed('a', { nodeName: 'by-hand' }), 2);
  host.advance(100);
  system.stop();
  assert.equal(commits, 0);
});

test('a disk that is full is asked again after a while, not at once', async () => {
  world = await FleetWorld.start();
  await world.board();
  const creating = write(podNamed('a'));
  await world.elapse(1);
  world.disk.full = true;
  const { turns } = world.system.counts;
  await world.elapse(3_000);
  await creating;
  assert.ok(world.system.counts.turns - turns < 200, `${world.system.counts.turns - turns} turns`);
  world.disk.full = false;
  await world.elapse(2_000);
  assert.equal(nodeOf('a'), 'pi-1');
});

test('a scheduler that starts again knows what is placed and what waits', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.put(asking('first', '3'), asking('second', '3'));
  await world.elapse(50);
  await world.restart();
  await world.elapse(50);
  await world.birth('pi-1', { boot: 2 });
  await world.put(asking('third', '1'));
  await world.elapse(100);
  assert.deepEqual(['first', 'second', 'third'].map(nodeOf), ['pi-1', undefined, 'pi-1']);
});

test('G4: pods that come all at once never over-commit a board', async () => {
  world = await FleetWorld.start({ syncMs: 2 });
  for (const board of ['pi-1', 'pi-2', 'pi-3']) await world.board(board);
  const writes: Promise<unknown>[] = [];
  for (let index = 0; index < 40; index += 1) {
    writes.push(write(asking(`p${index}`, `${300 + (index % 5) * 200}m`)));
    if (index % 7 === 0) await world.elapse(1);
  }
  await world.settled(Promise.all(writes));
  await world.elapse(500);
  const used = new Map<string, number>();
  for (const { object } of world.store.list('/registry/pods/')) {
    const spec = object['spec'] as {
      nodeName?: string;
      containers: { resources: { requests: { cpu: string } } }[];
    };
    const cpu = cpuToMilli(spec.containers[0]?.resources.requests.cpu ?? '0');
    if (spec.nodeName) used.set(spec.nodeName, (used.get(spec.nodeName) ?? 0) + cpu);
  }
  assert.equal(used.size, 3);
  for (const [node, milli] of used) assert.ok(milli <= 4_000 && milli > 3_000, `${node}: ${milli}m of 4000m`);
});
