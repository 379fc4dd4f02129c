import assert from 'node:assert/strict';
import test, { afterEach, beforeEach } from 'node:test';
import type { NodeBirth } from '@bramble/protocol/messages/session.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { birthOf, FleetWorld, podNamed } from './testing/fleet-world.ts';

let world: FleetWorld;
beforeEach(async () => {
  world = await FleetWorld.start();
  await world.put(podNamed('a', { nodeName: 'pi-1' }));
  await world.join('pi-1', { machineId: 'joined-as' });
  await born({ boot: 5 }, 'original');
  await world.elapse(610_000);
  await world.report('uid-a', { boot: 5 });
});
afterEach(() => world.finish());

async function born(birth: Partial<NodeBirth>, bootId: string, marks?: string[]): Promise<void> {
  const { machine } = birthOf();
  await world.birth('pi-1', { ...birth, machine: { ...machine, bootId, ...(marks && { marks }) } });
  await world.elapse(2_000);
}

const bootIdOfNode = (): unknown =>
  (world.node()?.['status'] as { nodeInfo: { bootID: string } } | undefined)?.nodeInfo.bootID;
const messages = (): unknown[] => world.events('CopiedCard').map((event) => event['message']);
const sentAway = (): unknown[] =>
  world.acks().flatMap(({ boot, copied }) => (copied ? [{ boot, bootId: copied.bootId }] : []));
const podPhase = (): unknown => (world.pod('a')?.['status'] as { phase?: string } | undefined)?.phase;

test('a machine that is not the one that joined is refused and told, though it has started more often', async () => {
  world.broker.published = [];
  await born({ boot: 9 }, 'copy', ['another']);
  assert.equal(bootIdOfNode(), 'original');
  assert.deepEqual(sentAway(), [{ boot: 9, bootId: 'copy' }]);
  assert.match(String(messages()[0]), /^Another machine speaks as pi-1, .*bramble reset/);
  assert.equal(world.manifests().length, 0, 'and nothing is ordered there');
  await world.report('uid-a', { boot: 9, sequence: 7, status: { phase: 'Failed' } });
  assert.equal(podPhase(), 'Running');
  await world.death('pi-1', 9);
  assert.equal(world.readiness(), 'True', 'its will is not the board’s');
  assert.equal(world.controller.refusals.copy, 3, 'its birth, its report, and its will');
  await world.report('uid-a', { boot: 5, sequence: 2, status: { phase: 'Succeeded' } });
  assert.equal(podPhase(), 'Succeeded');
});

test('the death of another machine whose birth was not heard is not the board’s', async () => {
  const die = (marks?: string[]): Promise<void> => {
    world.broker.say(topics.nodeSession('pi-1'), { alive: false, boot: 9, marks });
    return world.elapse(50);
  };
  await die(['another']);
  assert.equal(world.readiness(), 'True');
  assert.equal(world.controller.refusals.copy, 1);
  await die(['another', 'joined-as']);
  assert.equal(world.readiness(), 'Unknown', 'one of its own starts was not heard, and is over');
});

test('the board that was there keeps its place though nothing tells the two apart, and is listened to again', async () => {
  await born({ boot: 9 }, 'copy');
  for (let turn = 0; turn < 3; turn += 1) {
    await born({ boot: 5 }, 'original');
    if (turn < 2) await born({ boot: 9 }, 'copy');
  }
  assert.equal(bootIdOfNode(), 'original');
  assert.deepEqual(sentAway(), [{ boot: 9, bootId: 'copy' }]);
  assert.equal(messages().length, 1);
  world.broker.published = [];
  await world.report('uid-a', { boot: 5, sequence: 2, status: { phase: 'Succeeded' } });
  assert.equal(podPhase(), 'Succeeded');
  assert.equal(world.acks().at(-1)?.boot, 5);
  await born({ boot: 9 }, 'copy');
  assert.equal(sentAway().length, 1, 'each time that it comes');
  assert.equal(bootIdOfNode(), 'original');
});

test('so it does when the controller has been started anew, and the copy comes first', async () => {
  await world.restart();
  for (let turn = 0; turn < 3; turn += 1) {
    await born({ boot: 9 }, 'copy');
    await born({ boot: 5 }, 'original');
  }
  assert.equal(bootIdOfNode(), 'original');
});

test('a board whose place a copy took, and left again, is listened to within a minute, by its metrics', async () => {
  await born({ boot: 9 }, 'copy');
  await born({ boot: 5 }, 'original');
  for (let turn = 0; turn < 4; turn += 1) {
    await world.metrics('pi-1', { boot: 5 });
    await world.elapse(15_000);
  }
  assert.equal(bootIdOfNode(), 'original');
  assert.equal(world.readiness(), 'True');
  await world.report('uid-a', { boot: 5, sequence: 2, status: { phase: 'Succeeded' } });
  assert.equal(podPhase(), 'Succeeded');
});

test('a session that fails goes on with the board, and not with the copy', async () => {
  await born({ boot: 9 }, 'copy', ['another']);
  world.broker.published = [];
  await world.put(podNamed('b', { nodeName: 'pi-1' }));
  assert.deepEqual(Object.keys(world.manifests().at(-1)?.objects ?? {}), ['pods/uid-a', 'pods/uid-b']);
  await world.report('uid-b', { boot: 5 });
  assert.equal(world.acks().at(-1)?.boot, 5);
});

test('two in turns on one machine, which nothing tells apart: an event says so, and nobody is sent away', async () => {
  for (let turn = 0; turn < 4; turn += 1) {
    await born({ boot: 7 }, 'original');
    await born({ boot: 5 }, 'original');
  }
  assert.deepEqual(sentAway(), []);
  assert.match(String(messages()[0]), /^Two agents speak as pi-1 in turns/);
});
