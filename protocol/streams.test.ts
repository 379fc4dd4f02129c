import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { limits } from './limits.ts';
import type { StreamFrame } from './messages/streams.ts';
import { seal } from './sealing.ts';
import { newStreamKey, openStreamKey, streamKeyContext } from './stream-keys.ts';
import { creditCost, FrameReader, FrameWriter, frameOverheadBytes, isStreamFrame } from './streams.ts';

const key = newStreamKey();

test('a frame is its type, its sequence in big-endian order, and what only the key opens', () => {
  const writer = new FrameWriter(key, 'out');
  const first = writer.write({ type: 'stdout', bytes: Buffer.from('hello') });
  const second = Buffer.from(writer.write({ type: 'stderr', bytes: Buffer.from('hello') }));
  assert.deepEqual([...second.subarray(0, 5)], [2, 0, 0, 0, 1]);
  assert.equal(second.length, 5 + frameOverheadBytes);
  assert.ok(!second.includes('hello'));
  assert.notDeepEqual(second.subarray(5, 10), Buffer.from(first).subarray(5, 10));
  assert.ok(isStreamFrame(second) && !isStreamFrame(Buffer.from('bramble1 …')));
});

const bytes = fc.uint8Array({ maxLength: 2_000 }).map((array) => Buffer.from(array));
const side = fc.integer({ min: 0, max: 65_535 });
/** fast-check's records have no prototype, what is read has one. */
const plain = <T extends object>(record: T): T => ({ ...record });
const anyFrame: fc.Arbitrary<StreamFrame> = fc.oneof(
  fc.record({ type: fc.constantFrom('stdout' as const, 'stderr' as const), bytes }).map(plain),
  fc.record({ type: fc.constant('stdin' as const), bytes }).map(plain),
  fc.constantFrom({}, { error: { code: 400, message: 'nö' } }, { exitCode: 137 }).map((end) => ({
    type: 'end' as const,
    end,
  })),
  fc.record({ type: fc.constant('resize' as const), width: side, height: side }).map(plain),
  fc
    .record({ type: fc.constant('credit' as const), bytes: fc.integer({ min: 0, max: 0xffff_ffff }) })
    .map(plain),
  fc.constantFrom('ready' as const, 'close' as const, 'stdin-end' as const).map((type) => ({ type })),
);

test('what is written is read, with its place in the order', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 5 }), fc.constantFrom('in', 'out'), (frames, direction) => {
      const writer = new FrameWriter(key, direction);
      const reader = new FrameReader(key, direction);
      for (const [sequence, frame] of frames.entries())
        assert.deepEqual(reader.read(writer.write(frame)), { ok: true, value: { sequence, frame } });
    }),
  );
});

test('any changed byte is refused, and so is another stream’s frame, and one of the other direction', () => {
  const other = new FrameReader(newStreamKey(), 'in');
  const wrongWay = new FrameReader(key, 'out');
  fc.assert(
    fc.property(anyFrame, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, at, change) => {
      const payload = new FrameWriter(key, 'in').write(frame);
      assert.equal(other.read(payload).ok, false);
      assert.equal(wrongWay.read(payload).ok, false);
      const place = at % payload.length;
      payload[place] = (payload[place] ?? 0) ^ change;
      assert.equal(new FrameReader(key, 'in').read(payload).ok, false);
    }),
  );
});

test('reading never throws, whatever the bytes; also when the sender knows the key', () => {
  const reader = new FrameReader(key, 'in');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
      assert.equal(reader.read(payload).ok, false);
    }),
  );
});

test('a frame that is too large is neither made nor taken', () => {
  const tooMany = new Uint8Array(limits.streamFrameBytes + 1);
  const writer = new FrameWriter(key, 'out');
  assert.throws(() => writer.write({ type: 'stdout', bytes: tooMany }), RangeError);
  const huge = new Uint8Array(limits.streamFrameBytes + frameOverheadBytes + 1).fill(1);
  assert.equal(new FrameReader(key, 'out').read(huge).ok, false);
});

test('a stream’s key opens on its own board, stream and boot alone', () => {
  const board = generateKeyPairSync('x25519');
  const context = streamKeyContext('t', 3);
  const sealed = seal(board.publicKey, context, key);
  assert.deepEqual(openStreamKey(board.privateKey, context, sealed), key);
  assert.equal(openStreamKey(board.privateKey, streamKeyContext('t', 4), sealed), undefined);
  assert.equal(openStreamKey(board.privateKey, streamKeyContext('u', 3), sealed), undefined);
  assert.equal(openStreamKey(generateKeyPairSync('x25519').privateKey, context, sealed), undefined);
  const short = seal(board.publicKey, context, Buffer.alloc(16));
  assert.equal(openStreamKey(board.privateKey, context, short), undefined);
});

test('small frames count for more than their bytes', () => {
  assert.equal(creditCost(1), limits.streamFrameCost);
  assert.equal(creditCost(limits.streamFrameBytes), limits.streamFrameBytes);
});
