import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test, { afterEach, beforeEach } from 'node:test';
import { limits } from '@bramble/protocol/limits.ts';
import type { LogsRequest, StreamIn, StreamOut } from '@bramble/protocol/messages/streams.ts';
import { encodeStreamOut } from '@bramble/protocol/streams.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { FleetWorld, publicText } from './testing/fleet-world.ts';

let world: FleetWorld;
beforeEach(async () => {
  world = await FleetWorld.start();
  await world.board();
});
afterEach(() => world.finish());

const request: LogsRequest = {
  type: 'logs',
  uid: 'uid-a',
  container: 'main',
  follow: true,
  previous: false,
  timestamps: false,
};

class Reader {
  text = '';
  readonly ends: (number | 'end')[] = [];
  readonly taken: (() => void)[] = [];
  readonly id: string;

  constructor(id = 's1', node = 'pi-1') {
    this.id = id;
    const sink = {
      onBytes: (bytes: Uint8Array, taken: () => void) => {
        this.text += Buffer.from(bytes).toString();
        this.taken.push(taken);
      },
      onEnd: (error: { code: number } | undefined) => this.ends.push(error?.code ?? 'end'),
    };
    world.controller.streams()?.send({ type: 'open', id, node, request, sink });
  }
}

async function open(id?: string, node?: string): Promise<Reader> {
  const reader = new Reader(id, node);
  await world.elapse(10);
  return reader;
}

async function say(frame: StreamOut, id = 's1', node = 'pi-1'): Promise<void> {
  world.broker.say(topics.streamOut(node, id), encodeStreamOut(frame));
  await world.elapse(10);
}

function out(sequence: number, text: string): StreamOut {
  return { type: 'stdout', sequence, bytes: Buffer.from(text) };
}

function sent(id = 's1'): StreamIn[] {
  return world.broker
    .on(topics.streamIn('pi-1', id))
    .map(({ payload }) => JSON.parse(Buffer.from(payload).toString().split('\n')[1] ?? ''));
}

test('bytes come in order, once each, and the end last', async () => {
  const reader = await open();
  assert.deepEqual(
    sent().map((frame) => (frame.type === 'open' ? [frame.type, frame.boot, frame.request] : [])),
    [['open', 1, request]],
  );
  await say(out(0, 'one '));
  await say(out(0, 'again '));
  await say(out(1, 'two'));
  await say({ type: 'end', sequence: 2, end: {} });
  await say(out(3, 'late'));
  assert.equal(reader.text, 'one two');
  assert.deepEqual(reader.ends, ['end']);
});

test('a lost frame ends the stream, and the board is told', async () => {
  const reader = await open();
  await say(out(0, 'one'));
  await say(out(2, 'three'));
  assert.deepEqual([reader.text, reader.ends], ['one', [502]]);
  assert.deepEqual(
    sent().map(({ type }) => type),
    ['open', 'close'],
  );
});

test('credit is given for what the reader took, and for nothing twice', async () => {
  const reader = await open();
  const frame = 'x'.repeat(limits.streamFrameBytes);
  for (let sequence = 0; sequence < 4; sequence += 1) await say(out(sequence, frame));
  assert.deepEqual(
    sent().map(({ type }) => type),
    ['open'],
  );
  for (const taken of reader.taken) {
    taken();
    taken();
  }
  await world.elapse(10);
  const credits = sent().flatMap((one) => (one.type === 'credit' ? [one.bytes] : []));
  assert.equal(
    credits.reduce((sum, bytes) => sum + bytes, 0),
    limits.streamCreditBytes,
  );
  assert.deepEqual(
    sent().map(({ sequence }) => sequence),
    [0, 1, 2, 3, 4],
  );
});

test('G8: a board that sends more than it was asked for is cut off', async () => {
  const reader = await open();
  const frame = 'x'.repeat(limits.streamFrameBytes);
  for (let sequence = 0; sequence < 6; sequence += 1) await say(out(sequence, frame));
  assert.equal(reader.text.length, limits.streamCreditBytes);
  assert.deepEqual(reader.ends, [502]);
  assert.equal(sent().at(-1)?.type, 'close');
});

test('a board that does not answer, or is not there', async () => {
  const reader = await open();
  const stranger = await open('s2', 'pi-9');
  assert.deepEqual(stranger.ends, [503]);
  await world.elapse(9_000);
  assert.deepEqual(reader.ends, []);
  await world.elapse(2_000);
  assert.deepEqual(reader.ends, [504]);
  assert.equal(sent().at(-1)?.type, 'close', 'it may begin later, and should not');
});

test('what ends the conversation with the board ends its streams', async () => {
  const reborn = await open('s1');
  await world.birth('pi-1', { boot: 1 });
  assert.deepEqual(reborn.ends, [], 'the same boot is the same agent');
  await world.birth('pi-1', { boot: 2 });
  assert.deepEqual(reborn.ends, [503]);
  const died = await open('s2');
  await world.death('pi-1', 1);
  assert.deepEqual(died.ends, [], 'a late will says nothing of this boot');
  await world.death('pi-1', 2);
  assert.deepEqual(died.ends, [503]);
  await world.birth('pi-1', { boot: 3 });
  const unlinked = await open('s3');
  world.broker.drop();
  await world.elapse(10);
  assert.deepEqual(unlinked.ends, [503], 'its end may have been among what was lost');
});

test('another machine under the same name has streams, whatever the boots of the old one', async () => {
  await world.birth('pi-1', { boot: 57 });
  const old = await open('s1');
  await world.join('pi-1', { sealingKey: publicText(generateKeyPairSync('x25519').publicKey) });
  assert.deepEqual(old.ends, [503]);
  await world.birth('pi-1', { boot: 1 });
  await open('s2');
  const [first] = sent('s2');
  assert.equal(first?.type === 'open' && first.boot, 1);
});

test('a reader that goes closes its stream; frames of others and of no form do no harm', async () => {
  const reader = await open();
  await say(out(0, 'mine'));
  await say(out(1, 'not mine'), 's1', 'pi-2');
  world.controller.streams()?.send({ type: 'close', id: 's1' });
  await world.elapse(10);
  await say(out(1, 'late'));
  assert.deepEqual([reader.text, reader.ends], ['mine', []]);
  assert.equal(sent().at(-1)?.type, 'close');
  const broken = await open('s4');
  world.broker.say(topics.streamOut('pi-1', 's4'), new Uint8Array([9]));
  await world.elapse(10);
  assert.deepEqual(broken.ends, [502]);
});

test('a controller that stops ends all readers', async () => {
  const reader = await open();
  world.stop();
  assert.deepEqual(reader.ends, [503]);
});
