import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connectPacket } from '../broker/packets.testing.ts';
import { ControllerProcess } from '../e2e/fixture/controller-process.ts';
import { eventually } from '../e2e/fixture/eventually.ts';
import { Innocent } from './fixture/innocent.ts';
import { refused } from './fixture/refused.ts';
import { besiege } from './fixture/siege.ts';
import { Strangers } from './fixture/strangers.ts';
import { frame, openBridge } from './fixture/websocket.ts';

const thousand = 1_000;
const trickling = 500;
const hasty = 600;
const atOnce = 100;
/** The honest user works so long beside those who are silent. */
const watchedMs = 600;

let controller: ControllerProcess;
let innocent: Innocent;
let strangers: Strangers;
/** These stay, so that they are ended by the controller. */
let patient: Strangers;
before(async () => {
  controller = await ControllerProcess.start();
  innocent = await Innocent.start(controller);
  strangers = new Strangers(controller);
  patient = new Strangers(controller);
});
afterEach(async () => {
  strangers.close();
  // The bounds are for all of them together: those of one test must not stand in the way of the next.
  await eventually('the end of the strangers', async () =>
    (await controller.metric('bramble_broker_unauthenticated')) <= patient.open ? true : undefined,
  );
});
after(async () => {
  patient?.close();
  innocent?.close();
  await controller?.stop();
});

const head = 'POST /bramble/v1/join HTTP/1.1\r\nHost: x\r\n';

/** Requests that come a few bytes at a time (slow-loris), and never whole. */
async function trickle(start: string): Promise<void> {
  const sockets = await patient.many(trickling, () => patient.secure(controller.httpsPort));
  for (const socket of sockets) socket.write(start);
  for (let drop = 0; drop < 5; drop += 1) {
    await pause(watchedMs / 5);
    for (const socket of sockets) if (!socket.destroyed) socket.write('x: y\r\n');
  }
}

test('G8 a thousand connections that never speak, on each port, delay nobody', async () => {
  for (const port of [controller.httpsPort, controller.mqttPort])
    await besiege(controller, innocent, `a thousand silent connections (${nameOf(port)})`, async () => {
      await strangers.many(thousand, () => strangers.plain(port));
      await pause(watchedMs);
      assert.ok(strangers.open > thousand / 2, 'they were there meanwhile');
    });
});

test('G8 handshakes that begin and never go on take nobody’s turn', async () => {
  await besiege(
    controller,
    innocent,
    'a thousand handshakes that stop at their first byte (MQTT)',
    async () => {
      const begun = await strangers.many(thousand, () => strangers.plain(controller.mqttPort));
      for (const socket of begun) socket.write(Buffer.from([0x16]));
      await pause(watchedMs);
    },
  );
});

test('G8 requests whose bodies trickle in, of nobody known, are answered and delay nobody', async () => {
  const answered = async () =>
    (await controller.metric('bramble_api_answers_total', 'code="408"').catch(() => 0)) +
    (await controller.metric('bramble_api_answers_total', 'code="429"').catch(() => 0));
  await besiege(controller, innocent, `${trickling} bodies of nobody known that trickle in`, async () => {
    await trickle(`${head}Content-Length: 60000\r\n\r\n`);
    await eventually('an answer to each', async () => ((await answered()) >= trickling ? true : undefined), {
      withinMs: 60_000,
    });
  });
});

test('G8 dashboards that are opened and never log in keep none from being opened that does', async () => {
  const bridges = await strangers.many(300, () => strangers.secure(controller.httpsPort));
  await Promise.all(bridges.map(openBridge));
  const { username, password } = await controller.createUser('reader', 'view');
  const honest = await strangers.secure(controller.httpsPort);
  await openBridge(honest);
  honest.write(frame(connectPacket('dashboard', username, password)));
  const [answer] = (await once(honest, 'data')) as [Buffer];
  // One binary message with CONNACK and its yes (MQTT 3.1.1 §3.2).
  assert.deepEqual([...answer], [0x82, 4, 0x20, 2, 0, 0]);
});

test('G8 requests whose heads trickle in delay nobody', async () => {
  await besiege(controller, innocent, `${trickling} heads that trickle in`, () => trickle(head));
});

test('G8 who hangs up in the middle of its login ends no other’s connection', async () => {
  const hit = () => refused(controller, 'broker', 'login');
  await besiege(controller, innocent, `${hasty} caught in the middle of their login`, async () => {
    // A busy machine reads many of them only after their end, and these prove nothing: so it goes on until enough were met.
    await eventually(
      'logins cut in their middle',
      async () => {
        await hangUp();
        return (await hit()) > hasty ? true : undefined;
      },
      { withinMs: 60_000 },
    );
  });
});

/** Some hang up right behind their CONNECT, some while it is being answered. */
async function hangUp(): Promise<void> {
  const pairs = await strangers.many(atOnce, () => strangers.secureOver(controller.mqttPort), atOnce);
  const ends = pairs.map(async ({ secure, plain }, index) => {
    secure.write(connectPacket('hasty', 'nobody', 'x'));
    // The packet is with the kernel, and its connection's reset behind it.
    const waitMs = index % 5;
    if (waitMs > 0) await pause(waitMs);
    plain.resetAndDestroy();
  });
  await Promise.all(ends);
}

test('G8 a thousand that never speak after their TLS handshake, on each port, delay nobody', async () => {
  for (const port of [controller.httpsPort, controller.mqttPort])
    await besiege(controller, innocent, `a thousand silent after TLS (${nameOf(port)})`, async () => {
      await patient.many(thousand, () => patient.secure(port));
      await pause(watchedMs);
    });
});

test('G8 all of them are ended, and counted', async () => {
  await eventually('the end of all', () => (patient.open === 0 ? true : undefined), {
    withinMs: 60_000,
    otherwise: () => `${patient.open} are still open`,
  });
  assert.ok((await refused(controller, 'broker', 'mute')) >= thousand);
  assert.ok((await refused(controller, 'api', 'timeout')) >= thousand + trickling);
  assert.equal(await controller.metric('bramble_broker_unauthenticated'), 0);
});

function nameOf(port: number): string {
  return port === controller.httpsPort ? 'HTTPS' : 'MQTT';
}
