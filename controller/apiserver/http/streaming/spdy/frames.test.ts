import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { dataFrame, FrameDecoder, pingFrame, resetFrame, type SpdyFrame, synReplyFrame } from './frames.ts';

/** Frames as they come out of these pieces, with the parts of each data frame put together. */
function decode(pieces: readonly Uint8Array[]): { frames: SpdyFrame[]; fault: string | undefined } {
  const decoder = new FrameDecoder();
  const frames: SpdyFrame[] = [];
  let fault: string | undefined;
  for (const piece of pieces) {
    const decoded = decoder.read(piece);
    fault = decoded.fault;
    for (const frame of decoded.frames) {
      const last = frames.at(-1);
      if (frame.type === 'data' && last?.type === 'data' && last.stream === frame.stream && !last.fin)
        frames[frames.length - 1] = { ...frame, bytes: Buffer.concat([last.bytes, frame.bytes]) };
      else frames.push(frame);
    }
  }
  return { frames, fault };
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(from, from + size));
    from += size;
  }
  return [...pieces, bytes.subarray(from)];
}

test('frames come out the same however the bytes arrive', () => {
  const block = Buffer.from('block');
  const all = Buffer.concat([
    synReplyFrame(1, block),
    dataFrame(1, Buffer.from('hello'), false),
    pingFrame(5),
    dataFrame(3, Buffer.alloc(0), true),
    resetFrame(1, 5),
    dataFrame(5, Buffer.from('bye'), true),
  ]);
  const whole = decode([all]);
  assert.deepEqual(whole, {
    fault: undefined,
    frames: [
      { type: 'headers', stream: 1, block, fin: false },
      { type: 'data', stream: 1, bytes: Buffer.from('hello'), fin: false },
      { type: 'ping', id: 5 },
      { type: 'data', stream: 3, bytes: Buffer.alloc(0), fin: true },
      { type: 'reset', stream: 1 },
      { type: 'data', stream: 5, bytes: Buffer.from('bye'), fin: true },
    ],
  });
  fc.assert(fc.property(fc.array(fc.nat(12)), (sizes) => assert.deepEqual(decode(cut(all, sizes)), whole)));
});

test('reading never throws, whatever the bytes, and holds no more than a control frame', () => {
  const head = fc
    .tuple(fc.constantFrom(0x80, 0x00), fc.constantFrom(3, 2), fc.nat(10))
    .map(([first, second, type]) => Buffer.from([first, second, 0, type]));
  const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
  const any = fc.array(
    fc.oneof(
      bytes,
      fc.tuple(head, bytes).map((parts) => Buffer.concat(parts)),
    ),
  );
  fc.assert(
    fc.property(any, (pieces) => {
      const { fault } = decode(pieces);
      assert.ok(fault === undefined || fault.length > 0);
    }),
    { numRuns: 500 },
  );
});

test('what is no frame of version 3, or too long, is a fault', () => {
  assert.match(decode([Buffer.from('80020001000000ff', 'hex')]).fault ?? '', /version/);
  assert.match(decode([Buffer.from('8003000100ffffff', 'hex')]).fault ?? '', /16777215 bytes/);
  assert.match(decode([Buffer.from('800300010000000400000001', 'hex')]).fault ?? '', /type 1 with 4 bytes/);
});
