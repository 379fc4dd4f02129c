import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { topics } from '@bramble/protocol/topics.ts';
import { connectPacket, publishPacket, subscribePacket } from '../broker/packets.testing.ts';
import { ControllerProcess, loginOf, type UserLogin } from '../e2e/fixture/controller-process.ts';
import { eventually } from '../e2e/fixture/eventually.ts';
import { Innocent } from './fixture/innocent.ts';
import { millionBytes, noise } from './fixture/noise.ts';
import { refused } from './fixture/refused.ts';
import { besiege } from './fixture/siege.ts';
import { closed, Strangers } from './fixture/strangers.ts';
import { frame, openBridge } from './fixture/websocket.ts';

const lingerMs = 500;

let controller: ControllerProcess;
let innocent: Innocent;
let strangers: Strangers;
let user: UserLogin;
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
    const before = await refused(controller, of, 'handshake');
    await besiege(controller, innocent, `a million random bytes (${of})`, () =>
      pourAll(() => strangers.plain(port)),
    );
    assert.equal((await refused(controller, of, 'handshake')) - before, millionBytes().length);
  }
});

test('G8 a million random bytes inside TLS are refused as no HTTP and as no MQTT', async () => {
  const http = await refused(controller, 'api', 'malformed');
  await besiege(controller, innocent, 'a million random bytes (HTTPS)', () =>
    pourAll(() => strangers.secure(controller.httpsPort)),
  );
  assert.equal((await refused(controller, 'api', 'malformed')) - http, millionBytes().length);
  const mqtt = () => refused(controller, 'broker', 'malformed', 'oversized');
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
  const before = await refused(controller, 'broker', 'malformed', 'oversized');
  await besiege(controller, innocent, 'a million random bytes (in WebSocket frames)', () =>
    pourAll(bridge, millionBytes().map(frame)),
  );
  assert.ok(
    (await refused(controller, 'broker', 'malformed', 'oversized')) - before > millionBytes().length / 2,
  );
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
  ['PUBLISH to no topic (§4.7.3)', publishPacket('', 'x')],
  ['PUBLISH to a filter (§3.3.2.1)', publishPacket('bramble/v1/fleet/+', 'x')],
  ['PUBLISH to U+0000 (§1.5.3)', publishPacket('bramble/v1/nodes/\u0000/session', 'x')],
  ['PUBLISH to what is not UTF-8 (§1.5.3)', Buffer.from([0x30, 0x05, 0x00, 0x02, 0xc3, 0x28, 0x78])],
  ['SUBSCRIBE to no filter (§4.7.3)', subscribePacket('')],
  ['SUBSCRIBE to U+0000 (§1.5.3)', subscribePacket('bramble/v1/\u0000')],
  [
    'SUBSCRIBE to what is not UTF-8 (§1.5.3)',
    Buffer.from([0x82, 0x07, 0x00, 0x01, 0x00, 0x02, 0xc3, 0x28, 0x00]),
  ],
  ['UNSUBSCRIBE from U+0000 (§1.5.3)', Buffer.from([0xa2, 0x05, 0x00, 0x01, 0x00, 0x01, 0x00])],
  ['SUBSCRIBE without its flags (§3.8.1)', Buffer.from([0x80, 0x06, 0x00, 0x01, 0x00, 0x01, 0x61, 0x00])],
  ['SUBSCRIBE that asks for nothing (§3.8.3)', Buffer.from([0x82, 0x02, 0x00, 0x01])],
];

test('G8 malformed and oversized packets end their connection, are counted, and nothing else happens', async () => {
  await besiege(controller, innocent, 'malformed and oversized packets', async () => {
    for (const [what, bytes] of faults) {
      const before = await refused(controller, 'broker', 'malformed', 'oversized');
      const socket = await strangers.letIn('mallory', user);
      socket.write(bytes);
      await closed(socket);
      assert.equal((await refused(controller, 'broker', 'malformed', 'oversized')) - before, 1, what);
    }
    const before = await refused(controller, 'broker', 'malformed', 'oversized');
    await pourAll(
      () => strangers.letIn(`noise-${strangers.open}`, user),
      Array.from({ length: 20 }, (_, at) => noise(5_000, at + 1_000)),
    );
    assert.ok((await refused(controller, 'broker', 'malformed', 'oversized')) > before);
  });
});

/** All that is told on boards' sessions while `act` runs; whatever it let through would have come before the end. */
async function heardMeanwhile(act: () => Promise<void>): Promise<string[]> {
  const board = controller.open(loginOf(await controller.join('honest')), { clientId: 'honest' });
  const listener = controller.open(user, { clientId: 'listener', filters: [topics.nodeSession('+')] });
  await Promise.all([board.connected(), listener.connected()]);
  await act();
  await board.publish(topics.nodeSession('honest'), 'end');
  await listener.until(() => listener.texts.includes('end'));
  for (const each of [board, listener]) each.connection.close();
  return listener.texts;
}

/** Topics as MQTT allows them, that no user may write: the broker's own, too long, too deep, and a board's. */
const foreign = ['$SYS/x', 'x'.repeat(600), 'a//b/'.repeat(20), topics.nodeSession('other')];
const tooWide = ['#', '$SYS/#', '+/+', 'x'.repeat(600)];

test('G7 what MQTT allows and the rules do not is counted, and goes nowhere', async () => {
  const counts = () =>
    Promise.all([refused(controller, 'broker', 'publish'), refused(controller, 'broker', 'subscribe')]);
  const curious = await strangers.letIn('curious', user);
  const answers: Buffer[] = [];
  curious.on('data', (bytes) => answers.push(bytes));
  const heard = await heardMeanwhile(async () => {
    const [published, subscribed] = await counts();
    for (const topic of foreign) curious.write(publishPacket(topic, 'x'));
    for (const filter of tooWide) curious.write(subscribePacket(filter));
    const refusals = await eventually('the last to be counted', async () => {
      const [publish, subscribe] = await counts();
      const more = [publish - published, subscribe - subscribed] as const;
      return more[1] >= tooWide.length ? more : undefined;
    });
    assert.deepEqual(refusals, [foreign.length, tooWide.length]);
  });
  assert.deepEqual(heard, ['end']);
  // SUBACK that says no (§3.9.3) to each, and no message of theirs.
  const no = [0x90, 3, 0, 1, 0x80];
  const answered = () => [...Buffer.concat(answers)];
  await eventually('all answers', () => answered().length >= tooWide.length * no.length || undefined);
  const expected = tooWide.flatMap(() => no);
  assert.deepEqual(answered(), expected);
});

test('G8 a CONNECT that names itself with U+0000 (§1.5.3) is ended and counted', async () => {
  for (const packet of [
    connectPacket('mallory\u0000', user.username, user.password),
    connectPacket('mallory', `${user.username}\u0000`, user.password),
  ]) {
    const before = await refused(controller, 'broker', 'malformed');
    const socket = await strangers.secure(controller.mqttPort);
    await pour(socket, packet);
    assert.equal((await refused(controller, 'broker', 'malformed')) - before, 1);
  }
});
