import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { FleetWorld, keyOf, podNamed } from './testing/fleet-world.ts';

let world: FleetWorld;
afterEach(() => world.finish());

function sharesOf(name: string): readonly string[] | undefined {
  return (world.node(name)?.['spec'] as { podCIDRs?: string[] } | undefined)?.podCIDRs;
}

function configMap(name: string, text: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    data: { text },
  };
}

test('who has not joined is refused, and a flood of it does not fill the log', async () => {
  world = await FleetWorld.start();
  for (let index = 0; index < 100; index += 1) await world.birth('stranger');
  assert.equal(world.node('stranger'), undefined);
  const told = world.host.logs.filter(({ message }) => message === 'message refused');
  assert.equal(told.length, 7);
  assert.match(String(told[0]?.fields?.['why']), /no such board has joined/);
  assert.equal(world.controller.refusals['unknown-board'], 100);
});

test('what is no message is refused with the reason', async () => {
  world = await FleetWorld.start();
  await world.join();
  world.broker.say('bramble/v1/nodes/pi-1/session', '{');
  world.broker.say('bramble/v1/nodes/pi-1/metrics', new Uint8Array([255, 0, 1]));
  world.broker.say('bramble/v1/nodes/pi-1/metrics', '');
  world.broker.say('bramble/v1/nodes/__proto__/status/x', '{}');
  await world.birth('pi-1', { allocatable: { cpu: 'plenty' } });
  await world.birth('pi-1', { capacity: { memory: '-1Gi' } });
  assert.equal(world.node(), undefined);
  assert.equal(world.broker.done, 6, 'and each is done with');
  const { malformed, 'unknown-board': unknown } = world.controller.refusals;
  assert.deepEqual([malformed, unknown], [4, 1], 'an empty one takes back what was retained');
});

test('every board has addresses of its own, over restarts and deleted Nodes, until it is removed', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1');
  await world.board('pi-2');
  assert.deepEqual([sharesOf('pi-1'), sharesOf('pi-2')], [['10.42.0.0/24'], ['10.42.1.0/24']]);
  await world.death('pi-1');
  await world.remove('/registry/nodes/pi-1');
  await world.board('pi-3');
  assert.deepEqual(sharesOf('pi-3'), ['10.42.2.0/24'], 'the pods of pi-1 may still use the first');
  await world.restart();
  await world.birth('pi-2', { boot: 2 });
  await world.birth('pi-3', { boot: 2 });
  assert.deepEqual([sharesOf('pi-2'), sharesOf('pi-3')], [['10.42.1.0/24'], ['10.42.2.0/24']]);
  await world.remove('/bramble/boards/pi-2');
  await world.remove('/registry/nodes/pi-2');
  await world.board('pi-4');
  await world.board('pi-5');
  assert.equal(new Set(['pi-3', 'pi-4', 'pi-5'].flatMap(sharesOf)).size, 3);
  assert.ok(['pi-4', 'pi-5'].flatMap(sharesOf).includes('10.42.1.0/24'), 'what was removed gave its back');
});

test('two Nodes that claim the same addresses do not get them both', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1');
  await world.board('pi-2');
  const second = world.node('pi-2') as KubeObject;
  await world.put({ ...second, spec: { podCIDR: '10.42.0.0/24', podCIDRs: ['10.42.0.0/24'] } });
  await world.restart();
  await world.birth('pi-1', { boot: 2 });
  await world.birth('pi-2', { boot: 2 });
  assert.notDeepEqual(sharesOf('pi-1'), sharesOf('pi-2'));
  assert.deepEqual(world.manifests('pi-2').at(-1)?.podCIDRs, sharesOf('pi-2'));
});

test('a ConfigMap reaches exactly the boards whose pods name it', async () => {
  world = await FleetWorld.start();
  await world.put(configMap('web', 'one'), configMap('other', 'one'));
  const volumes = [{ name: 'v', configMap: { name: 'web' } }];
  await world.put(podNamed('a', { nodeName: 'pi-1', volumes }), podNamed('b', { nodeName: 'pi-2' }));
  await world.board('pi-1');
  await world.board('pi-2');
  world.broker.published = [];
  await world.put(configMap('web', 'two'));
  await world.put(configMap('other', 'two'));
  assert.deepEqual(
    world.objects('pi-1').map(({ object }) => object['data']),
    [{ text: 'two' }],
  );
  assert.equal(world.manifests('pi-1').length, 1);
  assert.equal(world.manifests('pi-2').length, 0);
  await world.remove(keyOf(configMap('web', '')));
  assert.deepEqual(Object.keys(world.manifests('pi-1').at(-1)?.objects ?? {}), ['pods/uid-a']);
  await world.put(configMap('web', 'three'));
  assert.equal(Object.keys(world.manifests('pi-1').at(-1)?.objects ?? {}).length, 2);
});

test('a pod that is bound, moved away by another of its name, or deleted changes the manifests', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1');
  await world.board('pi-2');
  await world.put(podNamed('a', { nodeName: 'pi-1' }));
  assert.deepEqual(Object.keys(world.manifests('pi-1').at(-1)?.objects ?? {}), ['pods/uid-a']);
  await world.put(podNamed('a', { nodeName: 'pi-2' }, { uid: 'uid-second' }));
  assert.deepEqual(world.manifests('pi-1').at(-1)?.objects, {});
  assert.deepEqual(Object.keys(world.manifests('pi-2').at(-1)?.objects ?? {}), ['pods/uid-second']);
  await world.remove('/registry/pods/default/a');
  assert.deepEqual(world.manifests('pi-2').at(-1)?.objects, {});
});

test('a pod bound by hand to a board that does not exist harms nobody, and waits for it', async () => {
  world = await FleetWorld.start();
  await world.put(podNamed('a', { nodeName: 'pi-9' }), podNamed('b', { nodeName: 'a/b+#' }));
  await world.board('pi-1');
  assert.deepEqual(world.manifests('pi-1').at(-1)?.objects, {});
  await world.board('pi-9');
  assert.deepEqual(Object.keys(world.manifests('pi-9').at(-1)?.objects ?? {}), ['pods/uid-a']);
});

test('a board that is removed is spoken to no more', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.remove('/bramble/boards/pi-1');
  world.broker.published = [];
  await world.put(podNamed('a', { nodeName: 'pi-1' }));
  await world.metrics();
  assert.equal(world.manifests().length, 0);
});

test('G7: a board whose Node nobody could calculate with stops no scheduling', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1');
  const node = world.node('pi-1') as KubeObject;
  const { metadata } = node;
  await world.put({
    ...node,
    metadata: { ...metadata, name: 'odd' },
    status: { allocatable: { cpu: 'x', pods: 'y' } },
  });
  await world.put(podNamed('a'));
  await world.elapse(100);
  assert.equal((world.pod('a')?.['spec'] as { nodeName?: string } | undefined)?.nodeName, 'pi-1');
});
