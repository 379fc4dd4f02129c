import assert from 'node:assert/strict';
import test from 'node:test';
import { ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { ControllerSession } from '@bramble/protocol/messages/session.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { type Arrival, fleetLink } from './link.ts';
import type { Refusal } from './refusals.ts';
import { ScriptedBroker } from './testing/scripted-broker.ts';

function run(broker: ScriptedBroker) {
  const host = new VirtualHost();
  const arrivals: Arrival[] = [];
  const changes: string[] = [];
  const refusals: Refusal[] = [];
  const system = new ActorSystem(host, {
    onRootFailure: (error) => {
      throw error;
    },
  });
  const link = system.run(
    'link',
    fleetLink({
      dialer: broker,
      storeId: '3f1f3f52-94a1-4c21-9a0f-0f6f6a4e5b11',
      epoch: 7,
      onArrival: (arrival) => arrivals.push(arrival),
      onRefused: (reason) => refusals.push(reason),
      onUp: () => changes.push('up'),
      onDown: () => changes.push('down'),
    }),
  );
  host.runUntilIdle();
  return { host, system, link, arrivals, changes, refusals };
}

function said(broker: ScriptedBroker): ControllerSession[] {
  return broker.on(topics.controllerSession()).map(({ payload }) => JSON.parse(String(payload)));
}

test('birth when connected, death as the will and as the orderly goodbye', () => {
  const broker = new ScriptedBroker();
  const { system, changes } = run(broker);
  const will = broker.dials[0]?.will;
  assert.equal(will?.topic, topics.controllerSession());
  assert.equal(will?.retain, true);
  assert.equal(JSON.parse(String(Buffer.from(will?.payload ?? []))).alive, false);
  assert.deepEqual(
    said(broker).map(({ alive, epoch }) => [alive, epoch]),
    [[true, 7]],
  );
  system.stop();
  assert.deepEqual(
    said(broker).map(({ alive }) => alive),
    [true, false],
  );
  assert.ok(broker.published.every(({ retain, qos }) => retain && qos === 1));
  assert.equal(broker.closes, 1);
  assert.deepEqual(changes, ['up', 'down']);
});

test('the back-off is jittered and bounded, and a connection ends the row', () => {
  const broker = new ScriptedBroker();
  broker.accepts = false;
  const { host, system } = run(broker);
  const delays: number[] = [];
  for (let index = 0; index < 40; index += 1) {
    host.runUntilIdle();
    delays.push(host.nextInMs ?? Number.NaN);
    host.step();
  }
  for (const [index, delay] of delays.entries()) {
    const full = Math.min(5_000, 100 * 2 ** index);
    assert.ok(delay >= full / 2 && delay <= full, `${delay} ms before dialling ${index + 1}`);
  }
  assert.ok(new Set(delays.slice(10)).size > 20, 'no two controllers dial in step');
  broker.accepts = true;
  host.advance(5_000);
  broker.drop();
  host.runUntilIdle();
  assert.ok((host.nextInMs ?? Number.NaN) <= 100);
  system.stop();
});

test('messages are passed on and done with, also those that are none of ours', () => {
  const broker = new ScriptedBroker();
  const { host, system, arrivals, refusals } = run(broker);
  for (const topic of [
    'bramble/v1/nodes/pi/metrics',
    'other/topic',
    'bramble/v1/nodes//metrics',
    'bramble/v1/',
  ])
    broker.say(topic, 'x', topic.includes('pi'));
  host.runUntilIdle();
  assert.equal(broker.done, 4);
  assert.deepEqual(
    arrivals.map(({ topic, retained }) => [topic.type, retained]),
    [['metrics', true]],
  );
  assert.deepEqual(refusals, ['malformed', 'malformed', 'malformed']);
  system.stop();
});

test('what is said without a link is lost, not kept', () => {
  const broker = new ScriptedBroker();
  const { host, system, link, changes } = run(broker);
  broker.drop();
  host.runUntilIdle();
  link.send({ type: 'publish', message: { topic: 'a', payload: 'x', qos: 1, retain: false } });
  host.advance(10_000);
  assert.equal(broker.on('a').length, 0);
  link.send({
    type: 'publish-all',
    messages: ['b', 'c'].map((topic) => ({ topic, payload: 'x', qos: 1, retain: false })),
  });
  host.runUntilIdle();
  assert.deepEqual(
    broker.published.slice(-2).map(({ topic }) => topic),
    ['b', 'c'],
  );
  assert.deepEqual(changes, ['up', 'down', 'up']);
  system.stop();
});

test('whoever asks how boards are is told of to all of them, for five minutes after the last time', async () => {
  const broker = new ScriptedBroker();
  const { host, link, system } = run(broker);
  const watched = () => said(broker).map((session) => session.watched);
  link.send({ type: 'watched' });
  await host.elapse(200_000);
  link.send({ type: 'watched' });
  await host.elapse(200_000);
  assert.deepEqual(watched(), [undefined, true], 'said once');
  broker.drop();
  await host.elapse(1_000);
  assert.deepEqual(watched(), [undefined, true, true], 'and on each connection');
  await host.elapse(200_000);
  assert.deepEqual(watched(), [undefined, true, true, undefined]);
  system.stop();
});

// Found by seed 819 of the simulation.
test('a late will of an earlier connection is answered, once for several; a goodbye of somebody else, and what was kept, are not', () => {
  const broker = new ScriptedBroker();
  const { host } = run(broker);
  const [own] = said(broker);
  const death = { ...own, alive: false, connection: 0 };
  broker.published = [];
  broker.say(topics.controllerSession(), own);
  broker.say(topics.controllerSession(), death, true);
  broker.say(topics.controllerSession(), { ...death, epoch: 8 });
  broker.say(topics.controllerSession(), { ...death, storeId: '2f1f3f52-94a1-4c21-9a0f-0f6f6a4e5b11' });
  broker.say(topics.controllerSession(), 'no JSON');
  host.advance(10_000);
  assert.deepEqual(said(broker), []);
  for (let times = 0; times < 3; times += 1) broker.say(topics.controllerSession(), death);
  host.advance(10_000);
  assert.deepEqual(said(broker), [own]);
  broker.say(topics.controllerSession(), death);
  host.advance(10_000);
  assert.deepEqual(said(broker), [own, own]);
});
