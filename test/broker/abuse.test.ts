import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { topics } from '@bramble/protocol/topics.ts';
import { Bench, untilHolds } from './bench.testing.ts';
import { connectPacket, publishPacket, subscribePacket } from './packets.testing.ts';

/** A client of bytes, that can misbehave as no library does. */
async function rawClient(t: TestContext, bench: Bench): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port: bench.broker.port,
    ca: bench.trust.caPem,
    servername: 'localhost',
  });
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/** However it ends: a connection that is cut may report a reset first. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}

async function rawUser(t: TestContext, bench: Bench, clientId: string): Promise<TLSSocket> {
  const socket = await rawClient(t, bench);
  socket.write(connectPacket(clientId, 'edit', bench.tokens.edit ?? ''));
  const [connack] = (await once(socket, 'data')) as [Buffer];
  assert.equal(connack[3], 0);
  return socket;
}

test('a subscriber that stops reading delays nobody, and is disconnected when too much waits', async (t) => {
  const bench = await Bench.start(t, { limits: { bufferedBytes: 12_000_000 } });
  const stalled = await rawUser(t, bench, 'stalled');
  stalled.write(subscribePacket('bramble/v1/fleet/#'));
  await once(stalled, 'data');
  stalled.pause();
  const filters = ['bramble/v1/fleet/#'];
  const healthy = bench.open(t, bench.user('view'), { clientId: 'healthy', filters });
  await healthy.connected();
  const controller = await bench.controller(t, []);
  const burst = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, i) =>
        controller.publish(topics.fleetNode(`n${from + i}`), Buffer.alloc(100_000, 1)),
      ),
    );
  await burst(0, 100);
  await healthy.until(() => healthy.messages.length === 100);
  const before = await bench.broker.counts();
  assert.deepEqual([before.connections, before.overflowed], [3, 0], 'the stalled one is still there');
  await burst(100, 200);
  await healthy.until(() => healthy.messages.length === 200);
  const counts = await untilHolds(
    () => bench.broker.counts(),
    (seen) => seen.overflowed === 1 && seen.connections === 2,
  );
  assert.equal(counts.stalled, 0);
});

test('a client for which bytes wait and nothing moves is disconnected', async (t) => {
  const bench = await Bench.start(t, { limits: { stallMs: 1_500 } });
  const stalled = await rawUser(t, bench, 'stalled');
  stalled.write(subscribePacket('bramble/v1/fleet/#'));
  await once(stalled, 'data');
  stalled.pause();
  const controller = await bench.controller(t, []);
  for (let i = 0; i < 80; i += 1) await controller.publish(topics.fleetNode(`n${i}`), Buffer.alloc(100_000));
  const counts = await untilHolds(
    () => bench.broker.counts(),
    (seen) => seen.stalled === 1 && seen.connections === 1,
  );
  assert.equal(counts.overflowed, 0);
});

test('a flood is slowed down to its rate, and delays nobody', async (t) => {
  const limits = { packets: { perSecond: 1_000, burst: 2_000 } };
  const bench = await Bench.start(t, { limits });
  const controller = await bench.controller(t, ['bramble/v1/apply/+/+']);
  const flooder = await rawUser(t, bench, 'flooder');
  const messages = 200_000;
  const one = publishPacket('bramble/v1/apply/edit/flood', 'x');
  flooder.write(Buffer.concat(Array.from({ length: messages }, () => one)));
  await untilHolds(
    () => bench.broker.counts(),
    (seen) => seen.throttled > 0,
  );
  const other = bench.open(t, bench.user('admin'), { clientId: 'other' });
  await other.connected();
  await other.publish('bramble/v1/apply/admin/1', 'through');
  await controller.until(() => controller.texts.includes('through'));
  const counts = await bench.broker.counts();
  assert.ok(counts.published < messages / 2, `${counts.published} got through`);
  assert.ok(flooder.writableLength > 0, 'what was not read waits at its sender');
});

test('all connections of one user share its rate, and those of another have their own', async (t) => {
  const bench = await Bench.start(t, { limits: { packets: { perSecond: 1, burst: 100 } } });
  const controller = await bench.controller(t, ['bramble/v1/apply/+/+']);
  const flood = Buffer.concat(
    Array.from({ length: 90 }, () => publishPacket('bramble/v1/apply/edit/x', 'x')),
  );
  for (const id of ['one', 'two', 'three', 'four']) {
    const socket = await rawUser(t, bench, id);
    socket.write(flood);
  }
  await untilHolds(
    () => bench.broker.counts(),
    (seen) => seen.throttled >= 2,
  );
  const other = bench.open(t, bench.user('admin'), { clientId: 'other' });
  await other.connected();
  await other.publish('bramble/v1/apply/admin/1', 'through');
  await controller.until(() => controller.texts.includes('through'));
  const taken = controller.texts.filter((text) => text === 'x').length;
  assert.ok(taken >= 90 && taken <= 270, `${taken} of 360 were taken`);
});

test('a packet that is too large ends its connection at the header; before CONNECT the bound is tighter', async (t) => {
  const bench = await Bench.start(t, { limits: { packetBytes: 100_000 } });
  const big = await rawUser(t, bench, 'big');
  big.write(publishPacket('bramble/v1/apply/edit/1', 'x'.repeat(100_001)).subarray(0, 20));
  await closed(big);
  const early = await rawClient(t, bench);
  early.write(connectPacket('early', 'edit', 'x'.repeat(66_000)).subarray(0, 20));
  await closed(early);
  assert.equal((await bench.broker.counts()).oversized, 2);
  const good = bench.open(t, bench.user('edit'), { clientId: 'good' });
  await good.connected();
  await good.publish('bramble/v1/apply/edit/1', 'x'.repeat(90_000));
});

test('connections that never say who they are do not stay, and do not pile up', async (t) => {
  const limits = { unauthenticated: 5, handshakes: 2, handshakeTimeoutMs: 300, connectTimeoutMs: 300 };
  const bench = await Bench.start(t, { limits });
  const silent: Socket[] = [];
  for (let i = 0; i < 8; i += 1) {
    const socket = connectPlain(bench.broker.port, '127.0.0.1');
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    silent.push(socket);
    await once(socket, 'connect');
  }
  await untilHolds(
    () => bench.broker.counts(),
    (seen) => seen.shedConnections === 3 && seen.failedHandshakes === 5,
  );
  await Promise.all(silent.map((socket) => closed(socket)));
  const mute = await rawClient(t, bench);
  await closed(mute);
  const counts = await untilHolds(
    () => bench.broker.counts(),
    (seen) => seen.connections === 0,
  );
  assert.equal(counts.unauthenticated, 0);
  await bench.controller(t, []);
});

test('handshakes wait their turn, and all get through', async (t) => {
  const bench = await Bench.start(t, { limits: { handshakes: 2 } });
  const boards = await Promise.all(
    Array.from({ length: 40 }, async (_, i) =>
      bench.open(t, await bench.boardLogin(`pi-${i}`), { clientId: `pi-${i}` }),
    ),
  );
  await Promise.all(boards.map((board) => board.connected()));
  const counts = await bench.broker.counts();
  assert.deepEqual([counts.connections, counts.unauthenticated, counts.failedHandshakes], [40, 0, 0]);
});

test('one identity cannot take all connections, nor one client all subscriptions', async (t) => {
  const bench = await Bench.start(t, { limits: { connectionsPerIdentity: 2, subscriptionsPerClient: 3 } });
  const open = (n: number, filters: string[] = []) =>
    bench.open(t, bench.user('view'), { clientId: `v${n}`, filters });
  await Promise.all([open(1).connected(), open(2).connected()]);
  assert.match(await open(3).closed(), /Server unavailable/);
  const greedy = bench.open(t, bench.user('edit'), {
    clientId: 'greedy',
    filters: ['a', 'b', 'c', 'd'].map((ns) => `bramble/v1/fleet/pods/${ns}/+`),
  });
  assert.equal(await greedy.closed(), 'the broker refused a subscription');
});

test('bytes that are no MQTT end their connection, and nothing else', async (t) => {
  const bench = await Bench.start(t);
  const controller = await bench.controller(t, []);
  const garbage = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.alloc(64),
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xf0, 0]),
  ];
  for (const bytes of garbage) {
    const socket = await rawClient(t, bench);
    socket.write(bytes);
    socket.end();
    await closed(socket);
  }
  await controller.publish(topics.fleetNode('a'), 'still here');
  await untilHolds(
    () => bench.broker.counts(),
    (seen) => seen.connections === 1 && seen.unauthenticated === 0,
  );
});
