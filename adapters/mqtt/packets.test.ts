import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { PacketReader, type Received } from './packet-reader.ts';
import { publishPacket } from './packets.ts';

test('messages are found in a stream of bytes, wherever it is cut', () => {
  const message = fc.record({
    topic: fc.string({ minLength: 1, maxLength: 40 }),
    payload: fc.uint8Array({ maxLength: 400 }),
    id: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
    retain: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 300 })),
      (all, cuts) => {
        const bytes = Buffer.concat(all.map(({ id, ...rest }) => publishPacket(id, rest)));
        const found: Received[] = [];
        const reader = new PacketReader();
        let from = 0;
        for (const cut of [...cuts, bytes.length]) {
          reader.feed(bytes.subarray(from, from + cut), (packet) => found.push(packet));
          from += cut;
        }
        assert.deepEqual(
          found,
          all.map(({ topic, payload, id, retain }) => ({
            ...{ type: 'publish', topic: Buffer.from(topic).toString(), payload: Buffer.from(payload) },
            ...{ id, retained: retain, qos: id === undefined ? 0 : 1 },
          })),
        );
      },
    ),
  );
});
