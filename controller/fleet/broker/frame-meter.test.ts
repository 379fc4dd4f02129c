import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { FrameMeter } from './frame-meter.ts';

/** One packet with a body of this many bytes (MQTT 3.1.1 §2.2.3). */
function frame(bodyBytes: number): Buffer {
  const header = [0x30];
  let rest = bodyBytes;
  do {
    const more = rest > 127 ? 0x80 : 0;
    header.push((rest % 128) | more);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(bodyBytes, 0xff)]);
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

test('counts packets however the stream is cut', () => {
  const bodies = fc.array(
    fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(127, 128, 16_383, 16_384)),
    {
      maxLength: 8,
    },
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(bodies, sizes, (lengths, cuts) => {
      const meter = new FrameMeter(20_000);
      const chunks = cut(Buffer.concat(lengths.map(frame)), cuts);
      const counted = chunks.reduce((sum, chunk) => sum + (meter.feed(chunk) ?? Number.NaN), 0);
      assert.equal(counted, lengths.length);
    }),
  );
});

test('knows a packet that is too large by its header, and an endless length', () => {
  assert.equal(new FrameMeter(100).feed(frame(100)), 1);
  assert.equal(new FrameMeter(100).feed(frame(101).subarray(0, 2)), undefined);
  assert.equal(new FrameMeter(2 ** 28).feed(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80])), undefined);
});

test('never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
      const meter = new FrameMeter(1_000);
      for (const chunk of chunks) if (meter.feed(chunk) === undefined) return;
    }),
  );
});
