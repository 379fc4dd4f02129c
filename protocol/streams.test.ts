import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { limits } from './limits.ts';
import type { StreamOut } from './messages/streams.ts';
import { decodeStreamOut, encodeStreamOut } from './streams.ts';

test('a frame is its type, its sequence in big-endian order, and its bytes', () => {
  const frame = encodeStreamOut({ type: 'stderr', sequence: 0x01020304, bytes: Buffer.from('hi') });
  assert.deepEqual([...frame], [2, 1, 2, 3, 4, 0x68, 0x69]);
});

const anyFrame: fc.Arbitrary<StreamOut> = fc.oneof(
  fc.record({
    type: fc.constantFrom('stdout' as const, 'stderr' as const),
    sequence: fc.integer({ min: 0, max: 0xffff_ffff }),
    bytes: fc.uint8Array({ maxLength: 2_000 }),
  }),
  fc.record({
    type: fc.constant('end' as const),
    sequence: fc.integer({ min: 0, max: 0xffff_ffff }),
    end: fc.constantFrom({}, { error: { code: 400, message: 'nö' } }),
  }),
);

test('what is encoded is decoded', () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const decoded = decodeStreamOut(encodeStreamOut(frame));
      assert.ok(decoded.ok);
      const { value } = decoded;
      if (frame.type === 'end') assert.deepEqual(value, { ...frame });
      else
        assert.deepEqual(
          { ...value, bytes: 'bytes' in value && [...value.bytes] },
          { ...frame, bytes: [...frame.bytes] },
        );
    }),
  );
});

test('decoding never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const decoded = decodeStreamOut(bytes);
      if (!decoded.ok) assert.equal(decoded.code, 'BRAMBLE_BAD_MESSAGE');
    }),
  );
});

test('a frame that is too large is neither made nor taken', () => {
  const bytes = new Uint8Array(limits.streamFrameBytes + 1);
  assert.throws(() => encodeStreamOut({ type: 'stdout', sequence: 0, bytes }), RangeError);
  assert.equal(decodeStreamOut(new Uint8Array(limits.streamFrameBytes + 6).fill(1)).ok, false);
});
