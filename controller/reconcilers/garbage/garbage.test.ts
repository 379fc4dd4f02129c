import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { deployment, WorkloadWorld } from '../testing/workload-world.ts';

let world: WorkloadWorld;
afterEach(() => world.fleet.finish());

const counts = (): number[] => ['deployments', 'replicasets', 'pods'].map((kind) => world.list(kind).length);

async function running(): Promise<void> {
  world = await WorkloadWorld.start('pi-1');
  await world.create('deployments', deployment());
  await world.settle();
  assert.deepEqual(counts(), [1, 1, 3]);
}

test('in the background, what is owned goes after its owner', async () => {
  await running();
  await world.delete('deployments', 'web');
  assert.equal(counts()[0], 0);
  await world.settle();
  assert.deepEqual(counts(), [0, 0, 0]);
});

test('in the foreground, the owner goes last', async () => {
  await running();
  await world.delete('deployments', 'web', 'Foreground');
  assert.deepEqual(counts(), [1, 1, 3], 'pods have their grace');
  assert.ok(world.pods.every(({ metadata }) => metadata.deletionTimestamp));
  await world.settle();
  assert.deepEqual(counts(), [0, 0, 0]);
});

test('orphans stay, belong to nobody, and are adopted by the next of the same kind', async () => {
  await running();
  const before = world.pods.map(({ metadata }) => metadata.uid);
  await world.delete('deployments', 'web', 'Orphan');
  await world.settle();
  assert.deepEqual(counts(), [0, 1, 3]);
  assert.equal(world.list('replicasets')[0]?.metadata.ownerReferences, undefined);
  await world.create('deployments', deployment());
  await world.settle();
  assert.deepEqual(counts(), [1, 1, 3]);
  assert.deepEqual(
    world.pods.map(({ metadata }) => metadata.uid),
    before,
  );
});

test('an owner of that name and another uid is none; of two owners one is enough; an unknown kind is left alone', async () => {
  world = await WorkloadWorld.start();
  const owner = await world.create('configmaps', configMap('owner'));
  const there = reference('owner', owner.metadata.uid ?? '');
  const gone = reference('owner', 'another-uid');
  await world.create('configmaps', configMap('dangling', [gone]));
  await world.create('configmaps', configMap('kept', [gone, there]));
  const foreign = { apiVersion: 'example.com/v1', kind: 'Thing', name: 'x', uid: 'y' };
  await world.create('configmaps', configMap('foreign', [foreign]));
  await world.fleet.elapse(500);
  const names = world.list('configmaps').map(({ metadata }) => metadata.name);
  assert.deepEqual(names, ['foreign', 'kept', 'owner']);
  assert.deepEqual(world.get('configmaps', 'kept')?.metadata.ownerReferences, [there]);
  await world.delete('configmaps', 'owner');
  await world.fleet.elapse(500);
  assert.equal(world.get('configmaps', 'kept'), undefined);
});

test('what was owned by something that went while the controller was away goes when it is back', async () => {
  await running();
  await world.fleet.remove('/registry/deployments/default/web');
  await world.fleet.restart();
  await world.comeBack('pi-1');
  await world.settle();
  assert.deepEqual(counts(), [0, 0, 0]);
});

test('finalizers of others hold what is owned, and with it an owner that waits', async () => {
  world = await WorkloadWorld.start();
  const owner = await world.create('configmaps', configMap('owner'));
  const held = configMap('held', [
    { ...reference('owner', owner.metadata.uid ?? ''), blockOwnerDeletion: true },
  ]);
  await world.create('configmaps', {
    ...held,
    metadata: { ...held.metadata, finalizers: ['example.com/x'] },
  });
  await world.delete('configmaps', 'owner', 'Foreground');
  await world.fleet.elapse(500);
  assert.ok(world.get('configmaps', 'held')?.metadata.deletionTimestamp);
  assert.ok(world.get('configmaps', 'owner'));
  await world.patch('configmaps', 'held', { metadata: { finalizers: null } });
  await world.fleet.elapse(500);
  assert.deepEqual(world.list('configmaps'), []);
});

function reference(name: string, uid: string): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid };
}

function configMap(name: string, ownerReferences: readonly object[] = []) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ownerReferences }, data: {} };
}
