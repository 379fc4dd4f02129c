import assert from 'node:assert/strict';
import test from 'node:test';
import type { Recorder } from '@bramble/adapters/mqtt/recorder.testing.ts';
import {
  accessOf,
  type Identity,
  mayPublish,
  maySubscribe,
} from '@bramble/controller/fleet/broker/access.ts';
import { birthOf } from '@bramble/controller/fleet/testing/fleet-world.ts';
import { topics } from '@bramble/protocol/topics.ts';
import fc from 'fast-check';
import { MosquittoBench } from './bench.testing.ts';

const levels = [
  ...['nodes', 'pi-1', 'pi-2', 'ada', 'bob', 'default', 'barn', 'session', 'metrics', 'manifest', 'objects'],
  ...['status', 'acks', 'network', 'streams', 'in', 'out', 'apply', 'delete', 'get', 'results', 'fleet'],
  ...['controller', 'pods', 'index', 'services', 'x'],
];
const level = fc.constantFrom(...levels);
const wild = fc.oneof({ weight: 3, arbitrary: level }, { weight: 1, arbitrary: fc.constant('+') });
const plain = (of: fc.Arbitrary<string>) => fc.array(of, { minLength: 1, maxLength: 6 });
/** Most are somebody's: with random words alone hardly one would be. */
const known = fc
  .tuple(fc.constantFrom('pi-1', 'pi-2'), fc.constantFrom('ada', 'bob'), fc.constantFrom('default', 'barn'))
  .chain(([node, user, group]) =>
    fc.constantFrom(
      ...[topics.nodeSession(node), topics.metrics(node), topics.manifest(node), topics.acks(node)],
      ...[topics.object(node, 'pods', 'x'), topics.status(node, 'x'), topics.networkMembership(node)],
      ...[topics.streamIn(node, 'x'), topics.streamOut(node, 'x'), topics.networkIndex(group)],
      ...[topics.networkService(group, 'default', 'x'), topics.controllerSession()],
      ...[
        topics.apply(user, 'x'),
        topics.delete(user, 'x'),
        topics.get(user, 'x'),
        topics.results(user, 'x'),
      ],
      ...[topics.fleetNode(node), topics.fleetPod('default', 'x'), topics.fleetEvents('default')],
    ),
  );
const random = plain(level).map((parts) => `bramble/v1/${parts.join('/')}`);
const topic = fc.oneof(known, random);

/** A topic with some levels made wildcards, or cut off. */
const filter = fc
  .tuple(topic, fc.array(fc.nat({ max: 3 }), { minLength: 10, maxLength: 10 }), fc.nat({ max: 24 }))
  .map(([name, pluses, cut]) => {
    const parts = name.split('/').map((part, at) => (pluses[at] === 0 && at > 1 ? '+' : part));
    return cut < parts.length && cut > 0 ? [...parts.slice(0, cut), '#'].join('/') : parts.join('/');
  });
const anyFilter = fc.oneof(
  { weight: 6, arbitrary: filter },
  { weight: 2, arbitrary: plain(wild).map((parts) => `bramble/v1/${parts.join('/')}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('#', '+/#', '$SYS/#', '$CONTROL/#', '$CONTROL/dynamic-security/v1/response'),
  },
);

const tries = 1_500;
const sample = <T>(of: fc.Arbitrary<T>): T[] => [
  ...new Set(fc.sample(of, { numRuns: tries, seed: 20_261_122 })),
];

interface Someone {
  readonly identity: Identity;
  readonly recorder: Recorder;
}

async function everybody(t: test.TestContext, bench: MosquittoBench): Promise<Someone[]> {
  const [first, second] = [await bench.certificate('pi-1'), await bench.certificate('pi-2')];
  const password = await bench.trust.users.create('ada', 'view');
  await bench.let({ 'pi-1': first.serial, 'pi-2': second.serial }, { 'pi-2': 'barn' });
  const people: [Identity, Parameters<MosquittoBench['open']>[1]][] = [
    [{ type: 'node', node: 'pi-1' }, first],
    [{ type: 'node', node: 'pi-2', group: 'barn' }, second],
    [
      { type: 'user', name: 'ada', role: 'view' },
      { username: 'ada', password },
    ],
  ];
  return people.map(([identity, proof], at) => ({
    identity,
    recorder: bench.open(t, proof, { clientId: `someone-${at}` }),
  }));
}

function subscribe({ recorder }: Someone, filterText: string): Promise<boolean> {
  return new Promise((resolve) =>
    recorder.connection.subscribe([filterText], (error) => resolve(error === undefined)),
  );
}

test('mosquitto grants the subscriptions that the embedded broker grants, and no others', async (t) => {
  const bench = await MosquittoBench.start(t);
  for (const someone of await everybody(t, bench)) {
    await someone.recorder.connected();
    const access = accessOf(someone.identity);
    let granted = 0;
    for (const each of sample(anyFilter)) {
      const expected = maySubscribe(access, each);
      if (expected) granted += 1;
      assert.equal(await subscribe(someone, each), expected, `${someone.identity.type} ${each}`);
    }
    assert.ok(granted > 12, `only ${granted} were granted at all`);
  }
});

test('mosquitto passes on the messages that the embedded broker passes on, and no others', async (t) => {
  const bench = await MosquittoBench.start(t);
  const people = await everybody(t, bench);
  const all = await bench.controller(t, ['bramble/v1/#', '$CONTROL/dynamic-security/v1/#']);
  const expected: string[] = [];
  for (const [at, { identity, recorder }] of people.entries()) {
    await recorder.connected();
    for (const [number, name] of [...sample(topic), '$CONTROL/dynamic-security/v1'].entries()) {
      const text = `${at} ${number} ${name}`;
      if (mayPublish(accessOf(identity), name)) expected.push(text);
      await recorder.publish(name, text);
    }
  }
  await all.publish('bramble/v1/fleet/end', 'end');
  await all.until(() => all.texts.includes('end'));
  assert.deepEqual(all.texts.filter((text) => text !== 'end').toSorted(), expected.toSorted());
  assert.ok(expected.length > 10, `only ${expected.length} were to be passed on`);
});

test('who proves nothing, or at the wrong door, is not let in', async (t) => {
  const bench = await MosquittoBench.start(t);
  const board = await bench.certificate('pi-1');
  const password = await bench.trust.users.create('ada', 'view');
  await bench.let({ 'pi-1': board.serial });
  const other = await MosquittoBench.start(t);
  const { certificate: cert, key } = await other.trust.certificates.controllerClient();
  const strangers = [
    { username: 'ada', password: 'wrong' },
    { username: 'bob', password },
    { username: 'CN=system:bramble:controller', password: '' },
    { username: `serialNumber=${board.serial},CN=system:node:pi-1,O=system:nodes`, password: '' },
    // Another authority's controller.
    { cert, key },
  ];
  for (const proof of strangers) {
    const recorder = bench.open(t, proof, { clientId: 'stranger' });
    await recorder.closed();
    assert.ok(!recorder.events.some(({ type }) => type === 'connected'), JSON.stringify(proof));
  }
  await bench.atOtherDoor(t, { username: 'ada', password });
  await bench.atOtherDoor(t, board);
});

test('a board that was removed, or has a newer certificate, is put out and hears nothing more', async (t) => {
  const bench = await MosquittoBench.start(t);
  const [old, renewed] = [await bench.certificate('pi-1'), await bench.certificate('pi-1')];
  await bench.let({ 'pi-1': old.serial });
  const filters = [topics.manifest('pi-1')];
  const before = bench.open(t, old, { clientId: 'before', filters });
  await before.connected();
  await bench.let({ 'pi-1': renewed.serial });
  await before.closed();
  const after = bench.open(t, renewed, { clientId: 'after', filters });
  await after.connected();
  const again = bench.open(t, old, { clientId: 'again', filters });
  await again.closed();
  const last = again.events.at(-1);
  assert.ok(last?.type === 'closed' && last.refused, 'the agent asks for another certificate');
  await bench.let({});
  await after.closed();
});

test('a board that is put out is said to be gone, although mosquitto sends no will then', async (t) => {
  const bench = await MosquittoBench.start(t);
  const board = await bench.certificate('pi-1');
  await bench.let({ 'pi-1': board.serial });
  const topicName = topics.nodeSession('pi-1');
  const all = await bench.controller(t, [topicName]);
  const connected = bench.open(t, board, { clientId: 'pi-1' });
  await connected.connected();
  await connected.publish(topicName, JSON.stringify(birthOf({ boot: 5 })), 1, true);
  await bench.let({});
  await connected.closed();
  await all.until(() => all.texts.includes('{"alive":false,"boot":5}'));
});

test('a will goes out when its board is gone, and never on a topic that is not the board’s', async (t) => {
  const bench = await MosquittoBench.start(t);
  const board = await bench.certificate('pi-1');
  await bench.let({ 'pi-1': board.serial });
  const all = await bench.controller(t, ['bramble/v1/nodes/#']);
  const dies = async (topicName: string): Promise<void> => {
    const will = { topic: topicName, payload: Buffer.from(`will of ${topicName}`), retain: true };
    const first = bench.open(t, board, { clientId: 'dies', will });
    await first.connected();
    // A second connection with the same client id ends the first, without a DISCONNECT.
    const second = bench.open(t, board, { clientId: 'dies' });
    await first.closed();
    second.connection.close();
    await second.closed();
  };
  await dies(topics.nodeSession('pi-2'));
  await dies(topics.nodeSession('pi-1'));
  await all.until(() => all.texts.length > 0);
  assert.deepEqual(all.texts, [`will of ${topics.nodeSession('pi-1')}`]);
});

test('a board in another network group reads that group alone', async (t) => {
  const bench = await MosquittoBench.start(t);
  const board = await bench.certificate('pi-1');
  await bench.let({ 'pi-1': board.serial });
  const filters = ['bramble/v1/network/default/#'];
  const before = bench.open(t, board, { clientId: 'before', filters });
  await before.connected();
  await bench.let({ 'pi-1': board.serial }, { 'pi-1': 'barn' });
  await before.closed();
  const still = bench.open(t, board, { clientId: 'still', filters });
  await still.closed();
  const now = bench.open(t, board, { clientId: 'now', filters: ['bramble/v1/network/barn/#'] });
  await now.connected();
});

test('a broker that lost what it knew is told again, and is given up while its plugin is away', async (t) => {
  const bench = await MosquittoBench.start(t);
  const board = await bench.certificate('pi-1');
  const password = await bench.trust.users.create('ada', 'view');
  await bench.let({ 'pi-1': board.serial });
  await bench.stopMosquitto();
  await bench.writeFiles(true);
  await bench.logged(/cannot be told who may do what/);
  await bench.startMosquitto();
  const filters = [topics.manifest('pi-1')];
  let attempts = 0;
  for (let connected = false; !connected; attempts += 1) {
    assert.ok(attempts < 300, 'the board is not let in again');
    const recorder = bench.open(t, board, { clientId: 'back', filters });
    connected = await Promise.race([
      recorder.connected().then(() => true),
      recorder.closed().then(() => false),
    ]);
    if (!connected) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await bench.settled();
  await bench.open(t, { username: 'ada', password }, { clientId: 'ada' }).connected();
});
