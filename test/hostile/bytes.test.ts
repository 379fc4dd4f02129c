import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { connectPacket, publishPacket, subscribePacket } from '../broker/packets.testing.ts';
import { ControllerProcess, type Login } from './fixture/controller.ts';
import { Innocent } from './fixture/innocent.ts';
import { millionBytes, noise } from './fixture/noise.ts';
import { besiege } from './fixture/siege.ts';
import { closed, Strangers } from './fixture/strangers.ts';
import { frame, openBridge } from './fixture/websocket.ts';

const lingerMs = 500;

let controller: ControllerProcess;
let innocent: Innocent;
let strangers: Strangers;
let user: Login & { username: string; password: string };
before(async () => {
  controller = await ControllerProcess.start();
  innocent = await Innocent.start(controller);
  strangers = new Strangers(controller);
  user = await controller.createUser('mallory', 'view');
});
afterEach(() => strangers.close());
after(async () => {
  innocent?.close();
  await controller?.stop();
});

const refused = async (of: 'api' | 'broker', ...reasons: string[]): Promise<number> => {
  const each = reasons.map((reason) =>
    controller.metric(`bramble_${of}_refused_total`, `reason="${reason}"`),
  );
  return (await Promise.all(each)).reduce((sum, count) => sum + count, 0);
};

/** Sends, and waits for the end; where what was sent may be the beginning of something, it says that no more will come. */
async function pour(socket: Socket, bytes: Uint8Array): Promise<void> {
  socket.resume();
  socket.write(bytes);
  await Promise.race([closed(socket), pause(lingerMs)]);
  socket.end();
  await closed(socket);
}

async function pourAll(open: () => Promise<Socket>, bytes: readonly Uint8Array[] = millionBytes()) {
  await Promise.all(bytes.map(async (piece) => pour(await open(), piece)));
}

test('G8 a million random bytes on each port are refused as no TLS', async () => {
  for (const [of, port] of [
    ['api', controller.httpsPort],
    ['broker', controller.mqttPort],
  ] as const) {
    const before = await refused(of, 'handshake');
    await besiege(controller, innocent, `a million random bytes (${of})`, () =>
      pourAll(() => strangers.plain(port)),
    );
    assert.equal((await refused(of, 'handshake')) - before, millionBytes().length);
  }
});

test('G8 a million random bytes inside TLS are refused as no HTTP and as no MQTT', async () => {
  const http = await refused('api', 'malformed');
  await besiege(controller, innocent, 'a million random bytes (HTTPS)', () =>
    pourAll(() => strangers.secure(controller.httpsPort)),
  );
  assert.equal((await refused('api', 'malformed')) - http, millionBytes().length);
  const mqtt = () => refused('broker', 'malformed', 'oversized');
  const before = await mqtt();
  await besiege(controller, innocent, 'a million random bytes (MQTT over TLS)', () =>
    pourAll(() => strangers.secure(controller.mqttPort)),
  );
  // A piece may begin as a packet does that is not whole: its client has left, and is nobody to refuse.
  assert.ok((await mqtt()) - before > millionBytes().length / 2, `${(await mqtt()) - before} counted`);
});

test('G8 a million random bytes through the dashboard’s bridge end their connections alone', async () => {
  const bridge = async (): Promise<TLSSocket> => {
    const socket = await strangers.secure(controller.httpsPort);
    await openBridge(socket);
    return socket;
  };
  await besiege(controller, innocent, 'a million random bytes (in place of WebSocket frames)', () =>
    pourAll(bridge),
  );
  const before = await refused('broker', 'malformed', 'oversized');
  await besiege(controller, innocent, 'a million random bytes (in WebSocket frames)', () =>
    pourAll(bridge, millionBytes().map(frame)),
  );
  assert.ok((await refused('broker', 'malformed', 'oversized')) - before > millionBytes().length / 2);
});

/** What a user who was let in may still break, by the rules of MQTT 3.1.1; each is a fault that ends the connection. */
const faults: readonly (readonly [string, Buffer])[] = [
  ['a second CONNECT (§3.1)', connectPacket('again', 'x', 'y')],
  ['a packet whose length has five bytes (§2.2.3)', Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01])],
  ['a packet of 256 MiB (§2.2.3)', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])],
  ['a packet larger than ours may be', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x02])],
  ['a reserved type (§2.2.1)', Buffer.from([0x00, 0x00])],
  ['QoS 3 (§3.3.1.2)', Buffer.from([0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01])],
  ['a topic longer than its packet (§3.3.2.1)', Buffer.from([0x30, 0x03, 0xff, 0xff, 0x61])],
  ['SUBSCRIBE without its flags (§3.8.1)', Buffer.from([0x80, 0x06, 0x00, 0x01, 0x00, 0x01, 0x61, 0x00])],
  ['SUBSCRIBE that asks for nothing (§3.8.3)', Buffer.from([0x82, 0x02, 0x00, 0x01])],
];

async function letIn(clientId: string): Promise<TLSSocket> {
  const socket = await strangers.secure(controller.mqttPort);
  socket.write(connectPacket(clientId, user.username, user.password));
  const [connack] = (await once(socket, 'data')) as [Buffer];
  assert.deepEqual([...connack], [0x20, 2, 0, 0]);
  return socket;
}

test('G8 malformed and oversized packets end their connection, are counted, and nothing else happens', async () => {
  await besiege(controller, innocent, 'malformed and oversized packets', async () => {
    for (const [what, bytes] of faults) {
      const before = await refused('broker', 'malformed', 'oversized');
      const socket = await letIn('mallory');
      socket.write(bytes);
      await closed(socket);
      assert.equal((await refused('broker', 'malformed', 'oversized')) - before, 1, what);
    }
    const before = await refused('broker', 'malformed', 'oversized');
    await pourAll(
      () => letIn(`noise-${strangers.open}`),
      Array.from({ length: 20 }, (_, at) => noise(5_000, at + 1_000)),
    );
    assert.ok((await refused('broker', 'malformed', 'oversized')) > before);
  });
});

test('G7 what MQTT allows and the rules do not is counted, and goes nowhere', async () => {
  const publish = await refused('broker', 'publish');
  const subscribe = await refused('broker', 'subscribe');
  const socket = await letIn('curious');
  const topics = ['$SYS/x', 'x'.repeat(600), 'a//b/'.repeat(20), '', 'bramble/v1/nodes/\u0000/session'];
  for (const topic of topics) socket.write(publishPacket(topic, 'x'));
  for (const filter of ['#', '$SYS/#', '+/+', 'x'.repeat(600)]) socket.write(subscribePacket(filter));
  socket.end();
  await closed(socket);
  assert.ok((await refused('broker', 'publish')) > publish);
  assert.ok((await refused('broker', 'subscribe')) >= subscribe);
});
