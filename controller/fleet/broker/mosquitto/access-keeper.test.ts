import assert from 'node:assert/strict';
import test from 'node:test';
import { ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { nodeSubject } from '../../../trust/certificates.ts';
import { hashOf } from '../../../trust/secrets.ts';
import { birthOf } from '../../testing/fleet-world.ts';
import { ScriptedBroker } from '../../testing/scripted-broker.ts';
import type { AuthTable } from '../identify.ts';
import { accessKeeper } from './access-keeper.ts';
import { answerTopic, controlTopic } from './answers.ts';
import { ModelPlugin } from './plugin.testing.ts';

const boards = (...names: string[]): AuthTable => ({
  users: [],
  boards: Object.fromEntries(names.map((name) => [name, '4A'])),
});
const subjects = (...names: string[]): string[] => names.map((name) => nodeSubject(name, '4A'));

/** A keeper, and a broker whose plugin answers when the test lets it. */
function run(first: AuthTable) {
  let table = first;
  const host = new VirtualHost();
  const broker = new ScriptedBroker();
  const plugin = new ModelPlugin();
  const system = new ActorSystem(host, {
    onRootFailure: (error) => {
      throw error;
    },
  });
  const tokens = new Map<string, string>();
  const keeper = system.run('broker-access', accessKeeper({ dialer: broker, table: () => table, tokens }));
  const answer = (): boolean => {
    host.runUntilIdle();
    const [asked] = broker.published.splice(0, 1);
    if (asked === undefined) return false;
    assert.equal(asked.topic, controlTopic);
    broker.say(answerTopic, plugin.answer(asked.payload));
    host.runUntilIdle();
    return true;
  };
  const answerAll = (): void => {
    while (answer());
  };
  const change = (next: AuthTable): void => {
    table = next;
    keeper.send({ type: 'changed' });
  };
  let settled = 0;
  const settle = (): void => void keeper.send({ type: 'settle', done: () => (settled += 1) });
  const logged = (): string[] => host.logs.map(({ message }) => message);
  return {
    host,
    broker,
    plugin,
    keeper,
    tokens,
    change,
    answer,
    answerAll,
    settle,
    settled: () => settled,
    logged,
  };
}

test('the broker is asked what it has, and told what it lacks; whoever waits is let go then, and not before', () => {
  const rig = run(boards('pi-1', 'pi-2'));
  rig.settle();
  assert.equal(rig.answer(), true);
  assert.equal(rig.settled(), 0);
  rig.answerAll();
  assert.deepEqual([...rig.plugin.clients.keys()], subjects('pi-1', 'pi-2'));
  assert.equal(rig.settled(), 1);
  rig.change(boards('pi-2'));
  rig.settle();
  rig.host.runUntilIdle();
  assert.equal(rig.settled(), 1);
  rig.answerAll();
  assert.deepEqual([...rig.plugin.clients.keys()], subjects('pi-2'));
  assert.equal(rig.settled(), 2);
  const told = rig.plugin.done.length;
  rig.change(boards('pi-2'));
  rig.answerAll();
  assert.equal(rig.plugin.done.length, told);
});

test('a thousand boards are told in parts, and what changes meanwhile is told as well', () => {
  const names = Array.from({ length: 1_000 }, (_, at) => `pi-${at}`);
  const rig = run(boards(...names));
  rig.answer();
  rig.answer();
  assert.equal(rig.plugin.clients.size, 4);
  rig.change(boards(...names.slice(500)));
  rig.answerAll();
  assert.deepEqual([...rig.plugin.clients.keys()].toSorted(), subjects(...names.slice(500)).toSorted());
});

test('a broker that comes back without what it knew is told all again', async () => {
  const rig = run(boards('pi-1'));
  rig.answerAll();
  rig.plugin.clients.clear();
  rig.plugin.roles.clear();
  rig.broker.drop();
  await rig.host.elapse(20_000);
  rig.answerAll();
  assert.deepEqual([...rig.plugin.clients.keys()], subjects('pi-1'));
});

test('what others ask the plugin, and what is no answer, is passed over', () => {
  const rig = run(boards('pi-1'));
  rig.host.runUntilIdle();
  rig.broker.say(answerTopic, { responses: [{ command: 'listClients', data: { clients: [] } }] });
  rig.broker.say(answerTopic, 'nonsense');
  rig.broker.say(answerTopic, { responses: [{ command: 'deleteClient', correlationData: '1-77' }] });
  rig.answerAll();
  assert.deepEqual([...rig.plugin.clients.keys()], subjects('pi-1'));
});

test('what the plugin refuses is tried again after a look at what it has; nobody waits for that', async () => {
  const rig = run(boards('pi-1'));
  rig.plugin.fails.add('createClient');
  rig.settle();
  rig.answerAll();
  assert.equal(rig.plugin.clients.size, 0);
  assert.equal(rig.settled(), 1);
  assert.ok(rig.logged().includes('the broker did not do what it was told'));
  rig.plugin.fails.clear();
  await rig.host.elapse(6_000);
  rig.answerAll();
  assert.deepEqual([...rig.plugin.clients.keys()], subjects('pi-1'));
});

test('a broker without the plugin is told of, and nobody waits for ever', async () => {
  const rig = run(boards('pi-1'));
  rig.settle();
  await rig.host.elapse(31_000);
  assert.equal(rig.settled(), 1);
  assert.equal(rig.broker.closes, 1);
  assert.ok(rig.logged().some((line) => /dynamic security plugin/.test(line)));
});

test('a user is told once the token is known, and is no problem if that takes a moment', async () => {
  const ada = { name: 'ada', role: 'view', tokenHash: hashOf('one') } as const;
  const rig = run({ users: [ada], boards: {} });
  rig.answerAll();
  assert.equal(rig.plugin.clients.size, 0);
  rig.tokens.set('ada', 'one');
  rig.keeper.send({ type: 'changed' });
  rig.answerAll();
  assert.equal(rig.plugin.clients.get('ada')?.password, 'one');
  await rig.host.elapse(5_000);
  assert.ok(!rig.logged().some((line) => /cannot use MQTT/.test(line)));
  rig.change({ users: [{ ...ada, tokenHash: hashOf('two') }], boards: {} });
  rig.answerAll();
  assert.equal(rig.plugin.clients.size, 0);
  await rig.host.elapse(5_000);
  assert.ok(rig.logged().some((line) => /cannot use MQTT/.test(line)));
});

test('a board that is put out is said to be gone, as its will would have said', () => {
  const rig = run(boards('pi-1', 'pi-2'));
  rig.answerAll();
  rig.change(boards('pi-2'));
  rig.answerAll();
  rig.broker.published.splice(0);
  const topic = topics.nodeSession('pi-1');
  rig.broker.say(topic, birthOf({ boot: 7 }), true);
  rig.broker.say(topic, birthOf({ boot: 8 }), false);
  rig.host.runUntilIdle();
  assert.deepEqual(rig.broker.published, [
    { topic, payload: JSON.stringify({ alive: false, boot: 7 }), qos: 1, retain: true },
  ]);
});

test('a board that comes back as soon as it was put out is not said to be gone', () => {
  const rig = run(boards('pi-1'));
  rig.answerAll();
  rig.change({ users: [], boards: { 'pi-1': '4B' } });
  rig.answerAll();
  rig.broker.published.splice(0);
  rig.broker.say(topics.nodeSession('pi-1'), birthOf({ boot: 8 }), false);
  rig.broker.say(topics.nodeSession('pi-1'), birthOf({ boot: 8 }), true);
  rig.host.runUntilIdle();
  assert.deepEqual(rig.broker.published, []);
});
