import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { ActorSystem } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { FleetWorld } from '../../fleet/testing/fleet-world.ts';
import { reconcilerActor } from './actor.ts';
import type { Attempt, Plan, ReconcilerFactory } from './reconciler.ts';

let world: FleetWorld;
let tried: ActorSystem;
afterEach(() => {
  tried.stop();
  world.finish();
});

const prefix = '/registry/configmaps/';

function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', uid: name }, data };
}

/** A reconciler of ConfigMaps in a world of its own. */
async function run(reconcile: (key: string, attempt: Attempt) => Plan): Promise<void> {
  world = await FleetWorld.start();
  const make: ReconcilerFactory = () => ({
    watches: [{ prefix, keys: ({ stored }) => [stored.key.slice(prefix.length)] }],
    reconcile,
  });
  const { store, api } = world.controller;
  const events = { path: 'events', send: () => true };
  tried = new ActorSystem(world.host, { onRootFailure: (error) => world.failures.push(error) });
  tried.run('tried', reconcilerActor({ store, api, events }, make));
  await world.elapse(10);
}

test('what it cannot cope with keeps nothing else waiting, and is tried ever more rarely', async () => {
  const looks: string[] = [];
  await run((key) => {
    looks.push(key);
    if (key === 'default/poison') throw new Error('never seen such a thing');
    return { writes: [] };
  });
  await world.put(configMap('poison'), configMap('good'));
  await world.elapse(10_000);
  assert.deepEqual(
    looks.filter((key) => key === 'default/good'),
    ['default/good'],
  );
  const poisoned = looks.filter((key) => key === 'default/poison').length;
  assert.ok(poisoned >= 5 && poisoned <= 12, `${poisoned} looks`);
  assert.ok(world.host.logs.some(({ message }) => message === 'reconciling failed unexpectedly'));
});

test('a write on an object that somebody changed meanwhile is decided anew', async () => {
  await run((key, { failures }) => {
    const stored = world.store.get(`${prefix}${key}`);
    if (!stored || (stored.object['data'] as Record<string, string>)['seen']) return { writes: [] };
    const current = stored.object;
    // What it read is out of date the first time.
    const metadata = failures > 0 ? current.metadata : { ...current.metadata, resourceVersion: '1' };
    return {
      writes: [{ write: { type: 'update', object: { ...current, metadata, data: { seen: 'yes' } } } }],
    };
  });
  await world.put(configMap('a'));
  await world.elapse(500);
  assert.deepEqual(world.get(`${prefix}default/a`)?.['data'], { seen: 'yes' });
});

test('while the disk is full it tries again, is told why, and catches up', async () => {
  const messages: (string | undefined)[] = [];
  let isWanted = false;
  await run((_key, { failures, message }) => {
    if (!isWanted) return { writes: [], requeueAfterMs: 100 };
    if (failures > 0) messages.push(message);
    if (world.store.get(`${prefix}default/made`)) return { writes: [] };
    const object = { ...configMap('made'), metadata: { name: 'made', namespace: 'default' } };
    return { writes: [{ write: { type: 'create', object } }] };
  });
  await world.put(configMap('a'));
  world.disk.full = true;
  isWanted = true;
  await world.elapse(2_000);
  assert.equal(world.get(`${prefix}default/made`), undefined);
  assert.ok(
    messages.length >= 3 && messages.every((message) => /[Dd]isk|written/.test(message ?? '')),
    messages.join(),
  );
  world.disk.full = false;
  await world.elapse(5_000);
  assert.ok(world.get(`${prefix}default/made`));
});
