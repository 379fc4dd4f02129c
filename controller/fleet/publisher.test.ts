import assert from 'node:assert/strict';
import test, { afterEach } from 'node:test';
import { fleetNode, fleetPod } from '@bramble/protocol/messages/fleet.ts';
import { FleetWorld, podNamed } from './testing/fleet-world.ts';

let world: FleetWorld;
afterEach(() => world.finish());

const podTopic = 'bramble/v1/fleet/pods/default/a';
const nodeTopic = 'bramble/v1/fleet/nodes/pi-1';

test('boards and pods are retained facts, said once each, and taken back when they go', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.put(podNamed('a', { nodeName: 'pi-1' }));
  const [node] = world.broker.on(nodeTopic);
  assert.ok(node?.retain && node.qos === 1);
  assert.equal(fleetNode.parse(JSON.parse(String(node.payload))).ready, true);
  assert.equal(fleetPod.parse(JSON.parse(String(world.broker.on(podTopic)[0]?.payload))).node, 'pi-1');
  await world.put(podNamed('a', { nodeName: 'pi-1' }, { labels: { said: 'nowhere' } }));
  assert.equal(world.broker.on(podTopic).length, 1, 'nothing that the line shows has changed');
  await world.remove('/registry/pods/default/a');
  assert.deepEqual(
    world.broker
      .on(podTopic)
      .map(({ payload }) => payload)
      .at(-1),
    '',
  );
  await world.put(podNamed('a', { nodeName: 'pi-1' }));
  assert.equal(world.broker.on(podTopic).length, 3, 'and it is said anew');
});

test('on a new link everything is said anew, in turns when it is much', async () => {
  world = await FleetWorld.start();
  await world.settled(
    world.store.commit({
      conditions: [],
      writes: Array.from({ length: 1_000 }, (_, index) => ({
        type: 'put' as const,
        key: `/registry/pods/default/p${index}`,
        object: podNamed(`p${index}`, { schedulerName: 'none' }),
      })),
    }),
  );
  world.broker.drop();
  world.broker.published = [];
  await world.elapse(1_000);
  const pods = world.broker.published.filter(({ topic }) => topic.includes('/fleet/pods/'));
  assert.equal(pods.length, 1_000);
});

test('what an earlier controller left behind is cleared, and what exists stays', async () => {
  world = await FleetWorld.start();
  await world.board();
  await world.put(podNamed('a', { nodeName: 'pi-1' }));
  world.broker.published = [];
  const left = ['bramble/v1/fleet/nodes/old', 'bramble/v1/fleet/pods/default/old'];
  for (const topic of [...left, podTopic, nodeTopic]) world.broker.say(topic, '{}', true);
  await world.elapse(50);
  assert.deepEqual(
    world.broker.published.map(({ topic, payload, retain }) => [topic, payload, retain]),
    left.map((topic) => [topic, '', true]),
  );
  world.broker.published = [];
  world.broker.say(left[0] ?? '', '', true);
  world.broker.say(left[1] ?? '', '{}', false);
  await world.elapse(50);
  assert.deepEqual(world.broker.published, [], 'its own words are not taken for old ones');
});

test('events are told as they happen, and not kept', async () => {
  world = await FleetWorld.start();
  await world.board();
  const [told] = world.broker.on('bramble/v1/fleet/events/default');
  assert.equal(told?.retain, false);
  assert.equal(told.qos, 0);
  assert.equal(JSON.parse(String(told.payload)).reason, 'NodeReady');
});
