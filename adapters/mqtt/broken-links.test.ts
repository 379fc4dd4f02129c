import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createMqttDialer } from './dialer.ts';
import { startMosquitto } from './mosquitto.testing.ts';
import { publishPacket } from './packets.ts';
import { Recorder } from './recorder.testing.ts';

const accepted = Buffer.from([0x20, 2, 0, 0]);
const pong = Buffer.from([0xd0, 0]);

/** A broker that accepts, and then does as it is told; what it was sent is counted by the type of each first packet. */
async function broker(
  t: TestContext,
  then: (socket: Socket) => void,
): Promise<{ port: number; pings: () => number }> {
  let pings = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    socket.once('data', () => {
      socket.write(accepted);
      socket.on('data', (bytes: Buffer) => {
        if (bytes[0] === 0xc0) pings += 1;
      });
      then(socket);
    });
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { port: address.port, pings: () => pings };
}

const open = (t: TestContext, port: number, options = {}): Recorder => {
  const link = new Recorder(createMqttDialer({ url: `mqtt://127.0.0.1:${port}` }), {
    clientId: 'n',
    ...options,
  });
  t.after(() => link.connection.close());
  return link;
};

test('a broker that falls silent is given up, also while messages are sent to it', async (t) => {
  const { port, pings } = await broker(t, () => {});
  const link = open(t, port, { keepaliveSeconds: 1 });
  await link.connected();
  const talk = setInterval(() => link.publish('a', 'x', 0).catch(() => {}), 100);
  t.after(() => clearInterval(talk));
  await link.closed();
  assert.ok(pings() > 0, 'it was asked before');
});

test('a broker that answers pings is kept, and so is one whose one large message takes long', async (t) => {
  const message = publishPacket(undefined, { topic: 'a', payload: Buffer.alloc(50, 65), retain: false });
  const { port } = await broker(t, (socket) => {
    socket.on('data', (bytes: Buffer) => {
      if (bytes[0] === 0xc0) socket.write(pong);
    });
  });
  const slow = await broker(t, async (socket) => {
    for (const byte of message) {
      await pause(80);
      socket.write(Buffer.from([byte]));
    }
  });
  const answered = open(t, port, { keepaliveSeconds: 1 });
  const fed = open(t, slow.port, { keepaliveSeconds: 1 });
  await Promise.all([answered.connected(), fed.connected()]);
  await fed.until(() => fed.messages.length === 1);
  assert.deepEqual(
    [...answered.events, ...fed.events].map(({ type }) => type),
    ['connected', 'connected', 'message'],
  );
});

test('a message with QoS 2, as aedes sends it to who subscribed with 1, is told once and released', async (t) => {
  const message = Buffer.from([0x34, 6, 0, 1, 97, 0, 7, 120]);
  let answers = '';
  const { port } = await broker(t, (socket) => {
    socket.write(Buffer.concat([message, message]));
    socket.on('data', (bytes: Buffer) => {
      answers += bytes.toString('hex');
      if (bytes[0] === 0x50) socket.write(Buffer.from([0x62, 2, 0, 7]));
      if (bytes[0] === 0x70)
        socket.write(publishPacket(undefined, { topic: 'b', payload: 'y', retain: false }));
    });
  });
  const link = open(t, port);
  await link.until(() => link.messages.some(({ topic }) => topic === 'b'));
  assert.deepEqual(link.texts, ['x', 'y']);
  assert.match(answers, /^(50020007)+70020007/);
});

test('more than can be handled at once waits with the broker, and comes in order', async (t) => {
  const port = await startMosquitto(t, ['max_queued_messages 0']);
  const slow = open(t, port, { clientId: 'slow', filters: ['a'] });
  slow.autoDone = false;
  const fast = open(t, port, { clientId: 'fast' });
  await Promise.all([slow.connected(), fast.connected()]);
  const count = 500;
  for (let at = 0; at < count; at += 1) await fast.publish('a', `${at}`);
  for (let at = 0; at < count; at += 1) {
    await slow.until(() => slow.messages.length > at);
    assert.equal(slow.messages.length, at + 1);
    slow.messages[at]?.done();
  }
  assert.deepEqual(
    slow.texts,
    Array.from({ length: count }, (_, at) => `${at}`),
  );
});

test('our own: what is not MQTT ends the connection, and nothing else', async (t) => {
  const rubbish = [
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]),
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]),
    Buffer.from([0x30, 2, 0, 9]),
    Buffer.from([0x36, 5, 0, 1, 97, 0, 1]),
    Buffer.from([0x40, 0]),
  ];
  for (const bytes of rubbish) {
    const { port } = await broker(t, (socket) => socket.write(bytes));
    const link = new Recorder(createMqttDialer({ url: `mqtt://127.0.0.1:${port}` }), { clientId: 'n' });
    assert.match(await link.closed(), /not MQTT 3\.1\.1/, bytes.toString('hex'));
    assert.equal(link.messages.length, 0);
  }
});

test('our own: a broker that speaks no TLS is told as that', async (t) => {
  const { port } = await broker(t, (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const link = new Recorder(createMqttDialer({ url: `mqtts://127.0.0.1:${port}` }), { clientId: 'n' });
  assert.match(await link.closed(), /ssl|tls/i);
  assert.equal(link.events.length, 1);
});

test('our own: a certificate that cannot be read, or a password that does not fit, is told like any link that fails', async () => {
  for (const broken of [
    { cert: 'x', key: 'y' },
    { password: 'x'.repeat(70_000), username: 'u' },
  ]) {
    const dialer = createMqttDialer({ url: 'mqtts://127.0.0.1:1', ...broken }, { connectTimeoutMs: 50 });
    const link = new Recorder(dialer, { clientId: 'n' });
    await link.closed();
    await assert.rejects(link.publish('a', 'x'), /not connected/);
    await pause(100);
    assert.equal(link.events.length, 1);
  }
});

test('our own: a broker that accepts twice, or grants before it accepts, is left', async (t) => {
  const twice = await broker(t, (socket) => socket.write(accepted));
  const link = new Recorder(createMqttDialer({ url: `mqtt://127.0.0.1:${twice.port}` }), { clientId: 'n' });
  assert.match(await link.closed(), /accepted twice/);
  const server = createServer((socket) =>
    socket.on('error', () => {}).write(Buffer.from([0x90, 3, 0, 1, 1])),
  );
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  const early = new Recorder(createMqttDialer({ url: `mqtt://127.0.0.1:${port}` }), { clientId: 'n' });
  assert.match(await early.closed(), /was not asked for/);
});
