import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { podObject } from '@bramble/agent/pods/testing/objects.ts';
import { node, Rig, storeA } from '@bramble/agent/pods/testing/rig.ts';
import { digestOf } from '@bramble/protocol/digest.ts';
import { signOrder } from '@bramble/protocol/envelope.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { agentFilters, topics } from '@bramble/protocol/topics.ts';
import { Bench } from '../broker/bench.testing.ts';

const topic = topics.manifest(node);
const [first, second] = [podObject('a'), podObject('b')];

const manifest = (sequence: number, pods: readonly KubeObject[], epoch = 1): unknown => ({
  fence: { storeId: storeA, epoch, sequence },
  answers: { boot: 1, bootId: 'boot-1' },
  objects: Object.fromEntries(pods.map((pod) => [`pods/${pod.metadata.uid}`, digestOf('pods', pod)])),
  podCIDRs: ['10.42.1.0/24'],
});

/** A board's agent, its link included, behind a real broker, and whoever holds that broker. */
async function beside(t: import('node:test').TestContext) {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(200);
  const bench = await Bench.start(t);
  const board = bench.open(t, await bench.boardLogin(node), { clientId: node, filters: agentFilters(node) });
  await board.connected();
  const holder = await bench.controller(t, []);
  let handed = 0;
  /** All that the board's connection brought is handed to the agent, and it has time to act on it. */
  const arrive = async (count: number): Promise<void> => {
    await board.until(() => board.messages.length >= count);
    for (const { topic: on, payload } of board.messages.slice(handed)) rig.deliver(on, payload);
    handed = board.messages.length;
    await rig.host.elapse(3_000);
  };
  const object = (pod: KubeObject): Buffer => {
    const fence = { storeId: storeA, epoch: 1, sequence: 1 };
    const on = topics.object(node, 'pods', pod.metadata.uid ?? '');
    return Buffer.from(
      signOrder(rig.cluster.privateKey, on, { fence, digest: digestOf('pods', pod), object: pod }),
    );
  };
  for (const pod of [first, second])
    await holder.publish(topics.object(node, 'pods', pod.metadata.uid ?? ''), object(pod));
  return { rig, bench, holder, board, arrive };
}

const names = ['a/web', 'b/web'];

test('G7 a forged manifest ends nothing: neither from another client nor from whoever holds the broker', async (t) => {
  const { rig, bench, holder, board, arrive } = await beside(t);
  const signed = signOrder(rig.cluster.privateKey, topic, manifest(1, [first, second]));
  await holder.publish(topic, signed);
  await arrive(3);
  assert.deepEqual(rig.world.runningNames().sort(), names);
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const empty = manifest(9, []);
  const forged: Uint8Array[] = [
    Buffer.from(JSON.stringify(empty)),
    signOrder(stranger, topic, empty),
    Buffer.from(`bramble1 ${Buffer.alloc(64).toString('base64')}\n${JSON.stringify(empty)}`),
    // The signature of what was ordered, over what was not.
    Buffer.from(`${Buffer.from(signed).toString().split('\n', 1)[0]}\n${JSON.stringify(empty)}`),
    // What another board was truly ordered.
    signOrder(rig.cluster.privateKey, topics.manifest('pi-2'), empty),
    Buffer.alloc(0),
  ];
  const other = bench.open(t, await bench.boardLogin('pi-2'), { clientId: 'pi-2' });
  const user = bench.open(t, bench.user('admin'), { clientId: 'admin' });
  await Promise.all([other.connected(), user.connected()]);
  for (const client of [other, user]) for (const payload of forged) await client.publish(topic, payload);
  assert.equal((await bench.broker.counts()).deniedPublishes, 2 * forged.length);
  for (const payload of forged) await holder.publish(topic, payload);
  await arrive(3 + forged.length);
  assert.equal(board.messages.length, 3 + forged.length, 'only the holder’s came through');
  assert.deepEqual(rig.world.runningNames().sort(), names);
  // A board that nobody asks says how it is every five minutes.
  await rig.host.elapse(310_000);
  assert.equal(rig.metrics().at(-1)?.refusedMessages, forged.length, 'each is counted, and told');
});

test('G7 an old manifest said again changes nothing: of this term, and of one that is over', async (t) => {
  const { rig, holder, arrive } = await beside(t);
  const sign = (order: unknown): Uint8Array => signOrder(rig.cluster.privateKey, topic, order);
  let sent = 2;
  const say = async (...orders: readonly Uint8Array[]): Promise<void> => {
    for (const payload of orders) await holder.publish(topic, payload);
    sent += orders.length;
    await arrive(sent);
  };
  /** As its next metrics tell it. */
  const obeyed = async () => {
    await rig.host.elapse(20_000);
    return rig.metrics().at(-1)?.manifest;
  };
  const old = [sign(manifest(1, [first])), sign(manifest(2, []))];
  const newest = sign(manifest(3, [first, second]));
  await say(...old, newest);
  // A pod that was ended once is not started again; the second was ordered after.
  const running = rig.world.runningNames().sort();
  assert.ok(running.includes('b/web'), running.join());
  for (const payload of old) {
    await say(payload);
    assert.deepEqual(rig.world.runningNames().sort(), running);
  }
  assert.deepEqual(await obeyed(), { epoch: 1, sequence: 3 });
  await say(sign(manifest(1, [first, second], 2)));
  assert.deepEqual(await obeyed(), { epoch: 2, sequence: 1 });
  await say(...old, newest);
  assert.deepEqual(rig.world.runningNames().sort(), running);
  assert.deepEqual(await obeyed(), { epoch: 2, sequence: 1 });
});
