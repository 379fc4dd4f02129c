import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test, { afterEach, beforeEach } from 'node:test';
import { limits } from '@bramble/protocol/limits.ts';
import type { StreamRequest } from '@bramble/protocol/messages/streams.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { FleetWorld, publicText } from './testing/fleet-world.ts';
import { PlayedStream } from './testing/played-stream.ts';

let world: FleetWorld;
beforeEach(async () => {
  world = await FleetWorld.start();
  await world.board();
});
afterEach(() => world.finish());

const logs: StreamRequest = {
  type: 'logs',
  uid: 'uid-a',
  container: 'main',
  follow: true,
  previous: false,
  timestamps: false,
};
const exec: StreamRequest = {
  type: 'exec',
  uid: 'uid-a',
  container: 'main',
  command: ['sh'],
  stdin: true,
  stdout: true,
  stderr: true,
  tty: false,
};

async function open(
  id?: string,
  options: { node?: string; request?: StreamRequest } = {},
): Promise<PlayedStream> {
  const stream = new PlayedStream(world, { id, request: logs, ...options });
  await world.elapse(10);
  return stream;
}

/** A stream whose board is ready, and which has begun. */
async function begun(id?: string, request = logs): Promise<PlayedStream> {
  const stream = await open(id, { request });
  await stream.say({ type: 'ready' });
  await stream.send({ type: 'begin' });
  return stream;
}

const out = (text: string) => ({ type: 'stdout', bytes: Buffer.from(text) }) as const;
const full = 'x'.repeat(limits.streamFrameBytes);

test('a board is asked, answers, and begins with the first credit, not before', async () => {
  const stream = await open();
  assert.deepEqual([stream.order.boot, stream.order.request], [1, logs]);
  assert.deepEqual([stream.ready, stream.frames()], [0, []]);
  await stream.send({ type: 'begin' });
  assert.deepEqual(stream.frames(), [], 'a board that has not answered is told nothing');
  await stream.say({ type: 'ready' });
  await stream.send({ type: 'begin' });
  assert.deepEqual(
    [stream.ready, stream.frames()],
    [1, [{ type: 'credit', bytes: limits.streamCreditBytes }]],
  );
});

test('bytes come in order, once each, and the end last', async () => {
  const stream = await begun();
  const again = await stream.say(out('one '));
  await stream.sayPayload(again);
  await stream.say({ type: 'stderr', bytes: Buffer.from('two') });
  await stream.say({ type: 'end', end: { exitCode: 3 } });
  await stream.say(out('late'));
  assert.equal(stream.text, 'one two');
  assert.deepEqual(stream.channels, ['stdout', 'stderr']);
  assert.deepEqual(stream.ends, [{ exitCode: 3 }]);
});

test('a lost frame ends the stream, and the board is told', async () => {
  const stream = await begun();
  await stream.say(out('one'));
  stream.lose(out('two'));
  await stream.say(out('three'));
  assert.deepEqual([stream.text, stream.codes], ['one', [502]]);
  assert.equal(stream.frames().at(-1)?.type, 'close');
});

test('G7: what was not sealed with the stream’s key changes nothing', async () => {
  const stream = await begun();
  const other = await begun('s2');
  world.broker.say(topics.streamOut('pi-1', 's1'), other.seal(out('of another')));
  const changed = Buffer.from(other.seal(out('changed')));
  changed[7] = (changed[7] ?? 0) ^ 1;
  world.broker.say(topics.streamOut('pi-1', 's2'), changed);
  world.broker.say(topics.streamOut('pi-1', 's1'), new Uint8Array(30).fill(9));
  await world.elapse(10);
  await stream.say(out('mine'));
  assert.deepEqual([stream.text, stream.ends, other.text, other.ends], ['mine', [], '', []]);
  world.broker.say(topics.streamOut('pi-2', 's1'), stream.seal(out('of another board')));
  await world.elapse(10);
  const { unsealed, foreign } = world.controller.refusals;
  assert.deepEqual([stream.text, unsealed, foreign], ['mine', 3, 1], 'and each is counted');
});

test('credit is given for what the reader took, and for nothing twice', async () => {
  const stream = await begun();
  for (let count = 0; count < 4; count += 1) await stream.say(out(full));
  assert.equal(stream.credits(), limits.streamCreditBytes);
  for (const taken of stream.taken) {
    taken();
    taken();
  }
  await world.elapse(10);
  assert.equal(stream.credits(), 2 * limits.streamCreditBytes);
});

test('G8: a board that sends more than it was asked for is cut off', async () => {
  const stream = await begun();
  for (let count = 0; count < 6; count += 1) await stream.say(out(full));
  assert.equal(stream.text.length, limits.streamCreditBytes);
  assert.deepEqual(stream.codes, [502]);
  const small = await begun('s2');
  for (let count = 0; count < 65; count += 1) await small.say(out('x'));
  assert.deepEqual([small.text.length, small.codes], [64, [502]], 'many small frames are too many too');
});

test('no more input goes to the board than it has room for', async () => {
  const stream = await begun('s1', exec);
  let taken = 0;
  for (let count = 0; count < 6; count += 1)
    await stream.send({ type: 'input', bytes: Buffer.from(full), taken: () => (taken += 1) });
  await stream.send({ type: 'input-end' });
  assert.deepEqual([stream.input.length, taken], [limits.streamCreditBytes, 4]);
  await stream.say({ type: 'credit', bytes: limits.streamFrameBytes + 100 });
  assert.deepEqual([stream.input.length, taken], [limits.streamCreditBytes + limits.streamFrameBytes, 5]);
  await stream.say({ type: 'credit', bytes: limits.streamCreditBytes });
  assert.deepEqual([stream.input.length, taken], [6 * limits.streamFrameBytes, 6]);
  assert.equal(stream.frames().filter(({ type }) => type === 'stdin-end').length, 1);
  assert.equal(stream.frames().at(-1)?.type, 'stdin-end');
});

test('input before the beginning waits; what waits at the end is let go', async () => {
  const stream = await open('s1', { request: exec });
  let taken = 0;
  await stream.send({ type: 'input', bytes: Buffer.from('early'), taken: () => (taken += 1) });
  assert.equal(stream.input, '');
  await stream.say({ type: 'ready' });
  await stream.send({ type: 'begin' });
  assert.deepEqual([stream.input, taken], ['early', 1]);
  for (let count = 0; count < 6; count += 1)
    await stream.send({ type: 'input', bytes: Buffer.from(full), taken: () => (taken += 1) });
  await stream.say({ type: 'end', end: {} });
  await stream.send({ type: 'input', bytes: Buffer.from('late'), taken: () => (taken += 1) });
  assert.equal(taken, 8);
});

test('the size of the terminal reaches the board', async () => {
  const stream = await begun('s1', exec);
  await stream.send({ type: 'resize', width: 120, height: 40 });
  assert.deepEqual(stream.frames().at(-1), { type: 'resize', width: 120, height: 40 });
});

test('a board that does not answer, or is not there', async () => {
  const stream = await open();
  const stranger = await open('s2', { node: 'pi-9' });
  assert.deepEqual(stranger.codes, [503]);
  await world.elapse(9_000);
  assert.deepEqual(stream.ends, []);
  await world.elapse(2_000);
  assert.deepEqual(stream.codes, [504]);
  assert.equal(stream.frames().at(-1)?.type, 'close', 'it may begin later, and should not');
});

test('a command in which nothing moves is ended after hours, and a log is not', async () => {
  const log = await begun('s1');
  const idle = await begun('s2', exec);
  const busy = await begun('s3', exec);
  await world.elapse(limits.streamIdleMs / 2);
  await busy.say(out('still here'));
  await world.elapse(limits.streamIdleMs / 2 + 1_000);
  assert.deepEqual([log.ends, idle.codes, busy.ends], [[], [504], []]);
  await world.elapse(limits.streamIdleMs);
  assert.deepEqual([log.ends, busy.codes], [[], [504]]);
});

test('each opening has a number of its own, also when the actor was started anew', async () => {
  const first = await open('s1');
  world.breaksNextOrder = true;
  const failing = new PlayedStream(world, { id: 's2', request: logs });
  await world.elapse(1_000);
  assert.deepEqual([first.codes, failing.ends], [[503], []]);
  await world.birth('pi-1', { boot: 2 });
  const later = await open('s3');
  assert.ok(later.order.number > first.order.number);
  world.finish(1);
  world = await FleetWorld.start();
});

test('what ends the conversation with the board ends its streams', async () => {
  const reborn = await begun('s1');
  await world.birth('pi-1', { boot: 1 });
  assert.deepEqual(reborn.ends, [], 'the same boot is the same agent');
  await world.birth('pi-1', { boot: 2 });
  assert.deepEqual(reborn.codes, [503]);
  const died = await begun('s2');
  await world.death('pi-1', 1);
  assert.deepEqual(died.ends, [], 'a late will says nothing of this boot');
  await world.death('pi-1', 2);
  assert.deepEqual(died.codes, [503]);
  await world.birth('pi-1', { boot: 3 });
  const unlinked = await begun('s3');
  world.broker.drop();
  await world.elapse(10);
  assert.deepEqual(unlinked.codes, [503], 'its end may have been among what was lost');
});

test('another machine under the same name has streams, whatever the boots of the old one', async () => {
  await world.birth('pi-1', { boot: 57 });
  const old = await begun('s1');
  const sealing = generateKeyPairSync('x25519');
  await world.join('pi-1', { sealingKey: publicText(sealing.publicKey) });
  assert.deepEqual(old.codes, [503]);
  await world.birth('pi-1', { boot: 1 });
  const fresh = await open('s2');
  assert.equal(fresh.orderFor(sealing.privateKey).boot, 1);
  assert.throws(() => fresh.order, 'the old machine cannot read it');
});

test('a reader that goes closes its stream', async () => {
  const stream = await begun();
  await stream.say(out('mine'));
  await stream.say(out('not mine'), 'pi-2');
  await stream.send({ type: 'close' });
  await stream.say(out('late'));
  assert.deepEqual([stream.text, stream.ends], ['mine', []]);
  assert.equal(stream.frames().at(-1)?.type, 'close');
});

test('a controller that stops ends all readers', async () => {
  const stream = await begun();
  world.stop();
  assert.deepEqual(stream.codes, [503]);
});
