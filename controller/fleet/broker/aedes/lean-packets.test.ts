import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import packets from 'mqtt-packet';
import { makeNoTableOfIds } from './lean-packets.ts';

test('G8 the codec keeps no buffer for each message id, and writes them all the same', () => {
  makeNoTableOfIds();
  const before = process.memoryUsage().heapUsed;
  for (const messageId of [1, 256, 65_535]) {
    const stream = new PassThrough();
    packets.writeToStream({ cmd: 'puback', messageId }, stream);
    stream.uncork();
    assert.deepEqual([...stream.read()], [0x40, 2, messageId >> 8, messageId & 255]);
  }
  assert.equal(packets.writeToStream.cacheNumbers, false);
  assert.ok(process.memoryUsage().heapUsed - before < 4_194_304, 'the table alone takes more');
});
