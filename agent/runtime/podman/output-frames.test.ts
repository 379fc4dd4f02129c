import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { OutputFrames } from './output-frames.ts';

function frame(stream: number, text: string): Buffer {
  const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  const body = Buffer.from(text);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

test('the two streams are taken apart, however the bytes arrive', () => {
  const piece = fc.record({ stream: fc.constantFrom(1, 2, 0, 9), text: fc.string({ maxLength: 50 }) });
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(20)), (pieces, cuts) => {
      const all = Buffer.concat(pieces.map(({ stream, text }) => frame(stream, text)));
      const frames = new OutputFrames();
      const got = { stdout: '', stderr: '' };
      let from = 0;
      for (const size of [...cuts, all.length]) {
        for (const { stream, bytes } of frames.read(all.subarray(from, from + size)))
          got[stream] += Buffer.from(bytes).toString('latin1');
        from += size;
      }
      const expected = (wanted: number) =>
        pieces
          .filter(({ stream }) => stream === wanted)
          .map(({ text }) => Buffer.from(text).toString('latin1'))
          .join('');
      assert.deepEqual(got, { stdout: expected(1), stderr: expected(2) });
    }),
  );
});
