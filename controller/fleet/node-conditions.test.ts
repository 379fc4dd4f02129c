import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { FleetWorld } from './testing/fleet-world.ts';

let world: FleetWorld;
afterEach(() => world.finish());

test('silence since the controller’s own return makes a board Unknown, and a sign of life Ready again', async () => {
  world = await FleetWorld.start();
  await world.board();
  world.broker.drop();
  await world.elapse(44_000);
  assert.equal(world.readiness(), 'True');
  await world.elapse(3_000);
  assert.equal(world.readiness(), 'Unknown');
  await world.metrics();
  assert.equal(world.readiness(), 'True');
});

test('whose death the broker would tell may be silent as long as it takes to miss three words of it', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.elapse(900_000);
  assert.equal(world.readiness(), 'True');
  await world.elapse(44_000);
  assert.equal(world.readiness(), 'True');
  await world.elapse(3_000);
  assert.equal(world.readiness(), 'Unknown', 'no broker is believed for ever');
});

test('what the broker kept of a birth is no word of the board', async () => {
  world = await FleetWorld.start();
  await world.board();
  world.broker.drop();
  await world.elapse(1_000);
  await world.birth('pi-1', {}, true);
  await world.elapse(46_000);
  assert.equal(world.readiness(), 'Unknown');
});

test('a board is lost after one and a half of its own keepalives, and its Node says when it was heard last', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1', { keepaliveSeconds: 10 });
  world.broker.drop();
  await world.elapse(14_000);
  assert.equal(world.readiness(), 'True');
  await world.elapse(1_500);
  assert.equal(world.readiness(), 'Unknown');
  const { lastHeartbeatTime, lastTransitionTime } = world.condition() ?? {};
  assert.equal(Date.parse(lastTransitionTime ?? '') - Date.parse(lastHeartbeatTime ?? ''), 15_000);
});

test('a long keepalive outlives the controller: a new one that hears nothing waits as long', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1', { keepaliveSeconds: 600 });
  assert.equal(world.node()?.metadata.annotations?.['bramble.dev/mqtt-keepalive-seconds'], '600');
  await world.elapse(300_000);
  await world.restart();
  await world.elapse(890_000);
  assert.equal(world.readiness(), 'True');
  await world.elapse(20_000);
  assert.equal(world.readiness(), 'Unknown');
});

test('a keepalive on a Node that makes no sense is the usual one', async () => {
  world = await FleetWorld.start();
  await world.board();
  const node = world.node() as KubeObject;
  const annotations = { ...node.metadata.annotations, 'bramble.dev/mqtt-keepalive-seconds': 'for ever' };
  await world.put({ ...node, metadata: { ...node.metadata, annotations } });
  await world.restart();
  await world.elapse(44_000);
  assert.equal(world.readiness(), 'True');
  await world.elapse(2_000);
  assert.equal(world.readiness(), 'Unknown');
});

test('a board whose kernel limits no memory says so on its Node, until it does', async () => {
  world = await FleetWorld.start();
  await world.board('pi-1', { limitsMemory: false });
  const said = world.condition('pi-1', 'MemoryLimitsOff');
  assert.deepEqual([said?.status, said?.reason], ['True', 'NoMemoryCgroups']);
  assert.match(said?.message ?? '', /cgroup_enable=memory .*cmdline\.txt/);
  await world.death();
  await world.elapse(60_000);
  await world.birth('pi-1', { limitsMemory: false, boot: 2 });
  assert.deepEqual(world.condition('pi-1', 'MemoryLimitsOff'), said, 'since when, it says too');
  assert.equal(world.readiness(), 'True');
  const { revision } = world.store;
  await world.birth('pi-1', { limitsMemory: false, boot: 2 });
  assert.equal(world.store.revision, revision);
  await world.birth('pi-1', { boot: 3 });
  assert.equal(world.condition('pi-1', 'MemoryLimitsOff'), undefined);
  assert.equal(world.readiness(), 'True');
});
