import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { FleetWorld, podNamed } from '../fleet/testing/fleet-world.ts';

let world: FleetWorld;
afterEach(() => world.finish());

const deletionTimestamp = '2026-01-01T00:00:00Z';

function namespace(metadata: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'web', uid: 'uid-web', ...metadata },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

function configMap(name: string, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'web', ...metadata }, data: {} };
}

test('the permanent namespaces exist, also when the first attempt found the disk full', async () => {
  world = await FleetWorld.start();
  const names = world.store.list('/registry/namespaces/').map(({ object }) => object.metadata.name);
  assert.deepEqual(names, ['default', 'kube-node-lease', 'kube-public', 'kube-system']);
  world.disk.full = true;
  world.disk.objects.delete('/registry/namespaces/kube-public');
  await world.restart();
  world.disk.full = false;
  await world.elapse(1_000);
  assert.ok(world.get('/registry/namespaces/kube-public'));
});

test('a namespace goes when its pods have left their boards, everything else at once', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.put(namespace());
  const inWeb = { namespace: 'web' };
  const waiting = Array.from({ length: 210 }, (_, index) =>
    podNamed(`p${index}`, { nodeName: 'pi-1' }, inWeb),
  );
  await world.settled(
    world.store.commit({
      conditions: [],
      writes: waiting.map((object) => ({
        type: 'put',
        key: `/registry/pods/web/${object.metadata.name}`,
        object,
      })),
    }),
  );
  await world.put(configMap('c'), podNamed('free', {}, inWeb));
  await world.put(namespace({ deletionTimestamp }));
  await world.elapse(3_000);
  assert.equal(world.get('/registry/configmaps/web/c'), undefined);
  assert.equal(world.get('/registry/pods/web/free'), undefined);
  assert.equal(world.store.list('/registry/pods/web/').length, 210);
  const [pod] = world.store.list('/registry/pods/web/');
  assert.equal(pod?.object.metadata.deletionGracePeriodSeconds, 30);
  for (const { metadata } of waiting)
    await world.report(metadata.uid ?? '', { namespace: 'web', name: metadata.name, gone: true });
  await world.elapse(3_000);
  assert.equal(world.get('/registry/namespaces/web'), undefined);
});

test('finalizers are respected', async () => {
  world = await FleetWorld.start();
  await world.put(namespace(), configMap('held', { finalizers: ['example.com/x'] }));
  await world.put(namespace({ deletionTimestamp }));
  await world.elapse(2_000);
  const held = world.get('/registry/configmaps/web/held') as KubeObject;
  assert.ok(held.metadata.deletionTimestamp);
  const { revision } = world.store;
  await world.elapse(5_000);
  assert.equal(world.store.revision, revision, 'waiting writes nothing');
  await world.remove('/registry/configmaps/web/held');
  await world.elapse(1_000);
  assert.equal(world.get('/registry/namespaces/web'), undefined);
});

test('pods go when their Node was removed; a moment without one is not enough, and finalizers are respected', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.put(
    podNamed('orphan', { nodeName: 'never' }, { deletionTimestamp }),
    podNamed('held', { nodeName: 'never' }, { deletionTimestamp, finalizers: ['example.com/x'] }),
    podNamed('alive', { nodeName: 'never' }),
    podNamed('here', { nodeName: 'pi-1' }, { deletionTimestamp }),
  );
  await world.elapse(19_000);
  await world.metrics();
  assert.ok(world.pod('orphan'));
  for (let index = 0; index < 3; index += 1) {
    await world.elapse(15_000);
    await world.metrics();
  }
  assert.deepEqual(
    ['orphan', 'held', 'alive', 'here'].map((name) => world.pod(name) !== undefined),
    [false, true, false, true],
  );
});
