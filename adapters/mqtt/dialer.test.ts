import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test, { type TestContext } from 'node:test';
import { createMqttDialer } from './dialer.ts';
import { freePort, startMosquitto } from './mosquitto.testing.ts';
import { Recorder } from './recorder.testing.ts';

function dialerTo(port: number, bounds = {}) {
  return createMqttDialer({ url: `mqtt://127.0.0.1:${port}` }, bounds);
}

function open(t: TestContext, port: number, clientId: string, filters: string[] = [], bounds = {}): Recorder {
  const recorder = new Recorder(dialerTo(port, bounds), { clientId, filters });
  t.after(() => recorder.connection.close());
  return recorder;
}

test('connects, subscribes, publishes at both qualities, closes', async (t) => {
  const port = await startMosquitto(t);
  const link = open(t, port, 'both', ['a/+']);
  await link.connected();
  await link.publish('a/1', 'one', 1);
  await link.publish('a/2', 'two', 0);
  await link.until(() => link.messages.length === 2);
  assert.deepEqual(link.texts, ['one', 'two']);
  link.connection.close();
  assert.equal(await link.closed(), 'closed here');
});

test('the next message waits until the last one is done', async (t) => {
  const port = await startMosquitto(t);
  const slow = open(t, port, 'slow', ['a']);
  slow.autoDone = false;
  const fast = open(t, port, 'fast', ['a']);
  await Promise.all([slow.connected(), fast.connected()]);
  for (const text of ['1', '2', '3']) await fast.publish('a', text);
  await Promise.all([
    fast.until(() => fast.messages.length === 3),
    slow.until(() => slow.messages.length > 0),
  ]);
  assert.deepEqual(slow.texts, ['1']);
  slow.autoDone = true;
  slow.messages[0]?.done();
  slow.messages[0]?.done();
  await slow.until(() => slow.messages.length === 3);
  assert.deepEqual(slow.texts, ['1', '2', '3']);
});

test('a retained message is told as such, and a close sends no will', async (t) => {
  const port = await startMosquitto(t);
  const watcher = open(t, port, 'watcher', ['will/#', 'kept']);
  const will = (topic: string) => ({ topic, payload: Buffer.from('dead'), retain: false });
  const polite = new Recorder(dialerTo(port), { clientId: 'polite', will: will('will/polite') });
  await Promise.all([watcher.connected(), polite.connected()]);
  await polite.publish('kept', 'fact', 1, true);
  polite.connection.publish({ topic: 'x', payload: 'unacknowledged', qos: 1, retain: false });
  polite.connection.close();
  await polite.closed();
  const rude = new Recorder(dialerTo(port), { clientId: 'rude', will: will('will/rude') });
  await rude.connected();
  const usurper = open(t, port, 'rude');
  await usurper.connected();
  assert.match(await rude.closed(), /lost/);
  await watcher.until(() => watcher.messages.some((m) => m.topic === 'will/rude'));
  assert.equal(
    watcher.messages.some((m) => m.topic === 'will/polite'),
    false,
  );
  const late = open(t, port, 'late', ['kept']);
  await late.until(() => late.messages.length === 1);
  assert.equal(late.messages[0]?.retained, true);
});

test('refusals: nobody listens, wrong password, no answer', async (t) => {
  const nobody = new Recorder(dialerTo(await freePort()), { clientId: 'n' });
  assert.match(await nobody.closed(), /ECONNREFUSED/);
  const strict = await startMosquitto(t, ['password_file /dev/null', 'allow_anonymous false']);
  assert.match(await new Recorder(dialerTo(strict), { clientId: 'n' }).closed(), /Not authorized/i);
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const address = silent.address();
  assert.ok(address !== null && typeof address === 'object');
  const waiting = new Recorder(dialerTo(address.port, { connectTimeoutMs: 100 }), { clientId: 'n' });
  assert.equal(await waiting.closed(), 'no connection in time');
  silent.close();
});

test('a broker that goes away fails what it has not acknowledged', async (t) => {
  const mute = createServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from([0x20, 2, 0, 0]));
      socket.on('data', () => {});
      setTimeout(() => socket.destroy(), 100);
    });
  }).listen(0, '127.0.0.1');
  t.after(() => mute.close());
  await new Promise((resolve) => mute.once('listening', resolve));
  const address = mute.address();
  assert.ok(address !== null && typeof address === 'object');
  const link = new Recorder(dialerTo(address.port, { unsettledMessages: 2, unsettledBytes: 1000 }), {
    clientId: 'n',
  });
  await link.connected();
  const first = link.publish('a', 'x');
  await assert.rejects(link.publish('a', 'x'.repeat(1000)), /too many unsent bytes/);
  const second = link.publish('a', 'x');
  await assert.rejects(link.publish('a', 'x'), /too many unacknowledged/);
  await assert.rejects(first, /not acknowledged: the connection was lost/);
  await assert.rejects(second, /not acknowledged/);
  await link.closed();
  await assert.rejects(link.publish('a', 'x'), /not connected/);
  assert.equal(link.events.filter((event) => event.type === 'closed').length, 1);
});

test('a broker that does not know us says so; one that cannot be reached does not', async (t) => {
  const port = await startMosquitto(t, ['allow_anonymous false']);
  const refused = open(t, port, 'stranger');
  await refused.closed();
  assert.deepEqual(refused.events, [
    { type: 'closed', reason: 'Connection refused: Not authorized', refused: true },
  ]);
  const absent = open(t, await freePort(), 'early');
  await absent.closed();
  assert.equal(
    absent.events.some((event) => 'refused' in event),
    false,
  );
});
