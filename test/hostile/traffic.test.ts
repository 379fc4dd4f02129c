import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { topics } from '@bramble/protocol/topics.ts';
import { publishPacket, subscribePacket } from '../broker/packets.testing.ts';
import { ControllerProcess, type UserLogin } from '../e2e/fixture/controller-process.ts';
import { eventually } from '../e2e/fixture/eventually.ts';
import { Innocent } from './fixture/innocent.ts';
import { refused } from './fixture/refused.ts';
import { besiege } from './fixture/siege.ts';
import { Strangers } from './fixture/strangers.ts';

const floodMs = 2_000;
const largeBytes = 1_000_000;
const configMaps = '/api/v1/namespaces/default/configmaps';

let controller: ControllerProcess;
let innocent: Innocent;
let strangers: Strangers;
let mallory: UserLogin;
before(async () => {
  controller = await ControllerProcess.start();
  innocent = await Innocent.start(controller);
  strangers = new Strangers(controller);
  mallory = await controller.createUser('mallory', 'edit');
});
after(async () => {
  strangers?.close();
  innocent?.close();
  await controller?.stop();
});

async function writeLarge(name: string, method: 'POST' | 'PUT', filler: string): Promise<void> {
  const path = method === 'POST' ? configMaps : `${configMaps}/${name}`;
  const body = { metadata: { name }, data: { text: filler.repeat(largeBytes) } };
  const { code, text } = await controller.ask(path, { method, body });
  assert.ok(code < 300, text.slice(0, 500));
}

test('G8 a subscriber that stops reading what it asked for is cut off, and counted', async () => {
  await writeLarge('large', 'POST', 'a');
  await besiege(controller, innocent, 'a stalled subscriber (MQTT)', async () => {
    const stalled = await strangers.letIn('stalled', mallory);
    stalled.write(subscribePacket(topics.results(mallory.username, '+')));
    await once(stalled, 'data');
    stalled.pause();
    for (let order = 0; order < 60 && !stalled.destroyed; order += 1) {
      stalled.write(publishPacket(topics.get(mallory.username, `g${order}`), `${configMaps}/large`));
      await pause(10);
    }
    await eventually('its end', async () =>
      (await refused(controller, 'broker', 'slow')) === 1 ? true : undefined,
    );
  });
});

test('G8 a watcher that stops reading is cut off, and counted', async () => {
  await besiege(controller, innocent, 'a stalled watcher (HTTPS)', async () => {
    const stalled = await strangers.secure(controller.httpsPort);
    const lines = [
      `GET ${configMaps}?watch=true HTTP/1.1`,
      'Host: x',
      `Authorization: Bearer ${mallory.password}`,
    ];
    stalled.write(`${lines.join('\r\n')}\r\n\r\n`);
    await once(stalled, 'data');
    stalled.pause();
    const cut = async () => ((await refused(controller, 'api', 'slow-watch')) === 1 ? true : undefined);
    for (let change = 0; change < 40 && !(await cut()); change += 1)
      await writeLarge('large', 'PUT', 'bc'[change % 2] ?? '');
    await eventually('its end', cut);
  });
});

test('G8 a flood of one user’s messages, on many connections, is slowed down', async () => {
  const throttled = await controller.metric('bramble_broker_throttled_total');
  const documents = Array.from(
    { length: 50 },
    (_, at) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: flood-${at}}, data: {a: b}}`,
  ).join('\n---\n');
  const one = publishPacket(topics.apply(mallory.username, 'flood'), documents);
  const flood = Buffer.concat(Array.from({ length: 2_000 }, () => one));
  await besiege(controller, innocent, 'a flood of 20 × 2,000 messages of 50 documents (MQTT)', async () => {
    const connections = await Promise.all(
      Array.from({ length: 20 }, (_, at) => strangers.letIn(`flood-${at}`, mallory)),
    );
    const published = await controller.metric('bramble_broker_published_total');
    for (const connection of connections) connection.write(flood);
    await pause(floodMs);
    const taken = (await controller.metric('bramble_broker_published_total')) - published;
    console.log(`  ${taken} of ${20 * 2_000} messages were taken`);
    assert.ok(taken < 20_000, `${taken} were taken`);
  });
  assert.ok((await controller.metric('bramble_broker_throttled_total')) > throttled);
  strangers.close();
});

test('G8 a flood of one user’s requests is answered 429, and others are served', async () => {
  await besiege(controller, innocent, 'a flood of 200 lists at a time (HTTPS)', async () => {
    const sockets = await strangers.many(200, () => strangers.secure(controller.httpsPort));
    const list = `GET ${configMaps} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${mallory.password}\r\n\r\n`;
    for (const socket of sockets) socket.write(list);
    await pause(floodMs);
  });
  assert.ok((await controller.metric('bramble_api_answers_total', 'code="429"')) > 0);
  strangers.close();
});
