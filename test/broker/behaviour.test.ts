import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { connect } from 'node:tls';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { startBroker } from '@bramble/controller/fleet/broker/start-broker.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { Bench, untilHolds } from './bench.testing.ts';
import { connectPacket, subscribePacket } from './packets.testing.ts';

test('5,000 retained messages: an exact subscription brings one, a wildcard all, an empty message removes', async (t) => {
  const bench = await Bench.start(t);
  const controller = await bench.controller(t, []);
  const names = Array.from({ length: 5_000 }, (_, i) => `p${i}`);
  await Promise.all(names.map((name) => controller.publish(topics.fleetPod('default', name), name, 1, true)));
  const exact = bench.open(t, bench.user('view'), {
    clientId: 'exact',
    filters: [topics.fleetPod('default', 'p7')],
  });
  const all = bench.open(t, bench.user('view'), {
    clientId: 'all',
    filters: ['bramble/v1/fleet/#', 'bramble/v1/fleet/pods/+/+'],
  });
  await all.until(() => all.messages.length === 5_000);
  assert.deepEqual(exact.texts, ['p7']);
  assert.ok(all.messages.every((message) => message.retained));
  await Promise.all(
    names.slice(1).map((name) => controller.publish(topics.fleetPod('default', name), '', 1, true)),
  );
  // PUBACK says that a message was received: the broker may still be at it.
  const counts = await untilHolds(
    () => bench.broker.counts(),
    ({ retainedMessages }) => retainedMessages === 1,
  );
  assert.equal(counts.retainedBytes, 2 + topics.fleetPod('default', 'p0').length);
});

test('a client need not wait for CONNACK, however its packets are cut into segments', async (t) => {
  const bench = await Bench.start(t);
  const controller = await bench.controller(t, []);
  const topic = topics.fleetNode('pi-1');
  await controller.publish(topic, 'kept', 1, true);
  const { username, password } = bench.user('view');
  const whole = Buffer.concat([connectPacket('', `${username}`, `${password}`), subscribePacket(topic)]);
  const connectLength = whole.length - subscribePacket(topic).length;
  const cuts = [
    1,
    5,
    connectLength - 1,
    connectLength + 3,
    ...Array.from({ length: 30 }, () => connectLength),
  ];
  for (const [turn, cut] of cuts.entries()) {
    const socket = connect({
      port: bench.broker.port,
      host: '127.0.0.1',
      ca: bench.trust.caPem,
      servername: 'localhost',
    });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    socket.setNoDelay(true);
    const answers: Buffer[] = [];
    socket.on('data', (bytes) => answers.push(bytes));
    socket.write(whole.subarray(0, cut));
    if (turn % 2 === 0) setImmediate(() => socket.write(whole.subarray(cut)));
    else socket.write(whole.subarray(cut));
    await untilHolds(
      () => Buffer.concat(answers).toString('latin1'),
      (text) => text.includes('kept'),
    );
    assert.equal(Buffer.concat(answers)[0], 0x20, 'CONNACK comes first');
  }
});

test('retained messages are bounded; what does not fit is delivered all the same', async (t) => {
  const bench = await Bench.start(t, { limits: { retainedMessages: 2, retainedBytes: 1_000 } });
  const controller = await bench.controller(t, ['bramble/v1/fleet/#']);
  for (const name of ['a', 'b', 'c']) await controller.publish(topics.fleetNode(name), name, 1, true);
  await controller.publish(topics.fleetNode('a'), 'x'.repeat(900), 1, true);
  await controller.publish(topics.fleetNode('a'), 'y'.repeat(990), 1, true);
  await controller.until(() => controller.messages.length === 5);
  const counts = await bench.broker.counts();
  assert.deepEqual([counts.retainedMessages, counts.unretained], [2, 2]);
});

test('no message is lost that is stored before it is handed on, among messages that are not', async (t) => {
  const bench = await Bench.start(t);
  const own = [
    'bramble/v1/nodes/pi-1/session',
    'bramble/v1/nodes/pi-1/metrics',
    'bramble/v1/nodes/pi-1/status/+',
  ];
  const controller = await bench.controller(t, own);
  const board = bench.open(t, await bench.boardLogin('pi-1'), { clientId: 'pi-1' });
  await board.connected();
  for (let i = 0; i < 200; i += 1) {
    void board.publish(topics.nodeSession('pi-1'), 'retained', 0, true);
    void board.publish(topics.metrics('pi-1'), 'metrics', 0);
    void board.publish(topics.status('pi-1', 'u'), 'status', 1);
  }
  await controller.until(() => controller.messages.length === 600);
  const seen = (text: string) => controller.texts.filter((one) => one === text).length;
  assert.deepEqual([seen('retained'), seen('metrics'), seen('status')], [200, 200, 200]);
});

test('a will is published when its client is lost, under the same rules as any message', async (t) => {
  const bench = await Bench.start(t);
  const controller = await bench.controller(t, ['bramble/v1/#']);
  const login = await bench.boardLogin('pi-1');
  const will = (topic: string) => ({ topic, payload: Buffer.from(topic), retain: true });
  const own = topics.nodeSession('pi-1');
  for (const topic of [topics.nodeSession('pi-2'), topics.controllerSession(), own]) {
    const board = bench.open(t, login, { clientId: 'pi-1', will: will(topic) });
    await board.connected();
    const next = bench.open(t, login, { clientId: 'pi-1' });
    await next.connected();
    await board.closed();
    next.connection.close();
    await next.closed();
  }
  await controller.until(() => controller.messages.length === 1);
  assert.deepEqual(controller.texts, [own]);
  const counts = await bench.broker.counts();
  assert.deepEqual([counts.deniedPublishes, counts.retainedMessages], [2, 1]);
});

test('a client id is taken over by its own identity only', async (t) => {
  const bench = await Bench.start(t);
  const first = bench.open(t, await bench.boardLogin('pi-1'), { clientId: 'pi-1' });
  await first.connected();
  const thief = bench.open(t, await bench.boardLogin('pi-2'), { clientId: 'pi-1' });
  assert.match(await thief.closed(), /Identifier rejected/);
  const user = bench.open(t, bench.user('admin'), { clientId: 'pi-1' });
  assert.match(await user.closed(), /Identifier rejected/);
  assert.equal(first.events.length, 1);
  const again = bench.open(t, await bench.boardLogin('pi-1'), { clientId: 'pi-1' });
  await again.connected();
  await first.closed();
});

test('who is no longer in the table is disconnected, and not let in again', async (t) => {
  const bench = await Bench.start(t, { boards: {} });
  const login = await bench.boardLogin('pi-1');
  assert.match(await bench.open(t, login, { clientId: 'a' }).closed(), /username or password/i);
  const serial = new X509Certificate(login.cert).serialNumber;
  const users = bench.trust.users.records;
  bench.broker.updateAuth({ users, boards: { 'pi-1': serial } });
  const board = bench.open(t, login, { clientId: 'a' });
  const edit = bench.open(t, bench.user('edit'), { clientId: 'b' });
  const view = bench.open(t, bench.user('view'), { clientId: 'c' });
  await Promise.all([board.connected(), edit.connected(), view.connected()]);
  bench.broker.updateAuth({ users: users.filter((user) => user.name !== 'edit'), boards: {} });
  await Promise.all([board.closed(), edit.closed()]);
  assert.equal(view.events.length, 1);
  assert.match(await bench.open(t, bench.user('edit'), { clientId: 'b' }).closed(), /username or password/i);
});

test('where one board has changed, its connections end and nobody else’s', async (t) => {
  const bench = await Bench.start(t, { boards: {} });
  const login = async (node: string) => {
    const proof = await bench.boardLogin(node);
    return { node, proof, serial: new X509Certificate(proof.cert).serialNumber, group: undefined };
  };
  const [one, two] = [await login('pi-1'), await login('pi-2')];
  for (const each of [one, two]) bench.broker.updateBoard(each);
  const links = [one, two].map(({ node, proof }) => bench.open(t, proof, { clientId: node }));
  await Promise.all(links.map((link) => link.connected()));
  bench.broker.updateBoard(two);
  bench.broker.updateBoard({ ...one, serial: undefined });
  await links[0]?.closed();
  assert.match(await bench.open(t, one.proof, { clientId: 'pi-1' }).closed(), /username or password/i);
  assert.equal(links[1]?.events.length, 1);
  bench.broker.updateBoard({ ...two, group: 'barn' });
  await links[1]?.closed();
  await bench.open(t, two.proof, { clientId: 'pi-2' }).connected();
});

test('a new server certificate serves the next handshake', async (t) => {
  const bench = await Bench.start(t);
  const moved = await bench.trust.certificates.server(['moved.example']);
  bench.broker.updateTls({ ...moved, clientAuthority: bench.trust.clientCaPem });
  const names = async () => {
    const socket = connect({
      host: '127.0.0.1',
      port: bench.broker.port,
      ca: bench.trust.caPem,
      servername: 'controller.bramble.internal',
    });
    await once(socket, 'secureConnect');
    const { subjectaltname } = socket.getPeerCertificate();
    socket.destroy();
    return subjectaltname ?? '';
  };
  await untilHolds(names, (seen) => seen.includes('moved.example'));
  await bench.controller(t, []);
});

test('a crash of the worker is survived: it listens again on the same port, with the newest table', async (t) => {
  const bench = await Bench.start(t, { entry: new URL('./crashing-worker.testing.ts', import.meta.url) });
  const before = await bench.controller(t, []);
  const { port } = bench.broker;
  const login = await bench.boardLogin('pi-1');
  bench.broker.updateAuth({ users: bench.trust.users.records.slice(0, 1), boards: {} });
  const { serialNumber: serial } = new X509Certificate(login.cert);
  bench.broker.updateBoard({ node: 'pi-1', serial, group: undefined });
  await writeFile(join(tmpdir(), `bramble-crash-${process.pid}`), '');
  assert.match(await before.closed(), /./);
  await untilHolds(
    () => bench.broker.counts().catch(() => undefined),
    (counts) => counts !== undefined && bench.broker.restarts === 1,
  );
  assert.equal(bench.broker.port, port);
  await bench.controller(t, []);
  await bench.open(t, login, { clientId: 'pi-1' }).connected();
  assert.match(await bench.open(t, bench.user('view'), { clientId: 'v' }).closed(), /username or password/i);
  assert.ok(bench.log.some((entry) => entry.level === 'error' && entry.message.includes('crashed')));
});

test('a port in use is named with its process and the flag', async (t) => {
  const bench = await Bench.start(t);
  const server = await bench.trust.certificates.server([]);
  const second = startBroker({
    port: bench.broker.port,
    host: '127.0.0.1',
    tls: { ...server, clientAuthority: bench.trust.clientCaPem },
    auth: { users: [], boards: undefined },
    system: createHost(() => {}),
  });
  await assert.rejects(second, {
    code: 'BRAMBLE_PORT_IN_USE',
    message: new RegExp(`port ${bench.broker.port}.*process ${process.pid}.*--mqtt-port`),
  });
});
