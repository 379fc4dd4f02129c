import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { until } from '../../../testing/http-client.ts';
import { SpdyClient } from '../testing/spdy-client.ts';
import { pingFrame } from './frames.ts';
import { HeaderReader, HeaderWriter } from './headers.ts';
import { SpdySession } from './session.ts';
import type { SpdyStream } from './stream.ts';

function session() {
  const client = new SpdyClient();
  const streams: SpdyStream[] = [];
  let closed = 0;
  new SpdySession(client.open, { onStream: (stream) => streams.push(stream), onClose: () => (closed += 1) });
  return { client, streams, closed: () => closed };
}

/** What a stream hears. */
function listenTo(stream: SpdyStream) {
  const heard = { text: '', ended: false, reset: false, taken: [] as (() => void)[] };
  stream.read({
    onBytes: (bytes, taken) => {
      heard.text += Buffer.from(bytes).toString();
      heard.taken.push(taken);
    },
    onEnd: () => (heard.ended = true),
    onReset: () => (heard.reset = true),
  });
  return heard;
}

test('streams: headers, bytes both ways, both ends, a ping', async () => {
  const { client, streams, closed } = session();
  const first = await client.stream({ streamtype: 'error', requestid: '0' });
  const second = await client.stream({ streamtype: 'data', requestid: '0' });
  client.data(second, 'early ');
  await until(() => streams.length === 2);
  assert.deepEqual([...client.replies], [first, second]);
  const [error, data] = streams;
  assert.ok(error && data);
  assert.equal(data.headers.get('streamtype'), 'data');
  const heard = listenTo(data);
  client.data(second, 'late', true);
  await until(() => heard.ended);
  assert.equal(heard.text, 'early late');
  data.write(Buffer.from('answer'));
  data.end();
  error.end();
  assert.deepEqual([client.text(second), [...client.ended]], ['answer', [second, first]]);
  client.bytes(pingFrame(7));
  await until(() => client.pings.length === 1);
  client.close();
  assert.equal(closed(), 1);
});

test('a reset, and the end of the connection, are told to the stream', async () => {
  const { client, streams } = session();
  const id = await client.stream({ streamtype: 'data' });
  await client.stream({ streamtype: 'data' });
  await until(() => streams.length === 2);
  const heard = streams.map(listenTo);
  client.reset(id);
  await until(() => heard[0]?.reset === true);
  assert.equal(heard[1]?.reset, false);
  client.close();
  assert.equal(heard[1]?.reset, true);
});

test('G8: what waits for a stream’s user is bounded, and released with the stream', async () => {
  const { client, streams } = session();
  const id = await client.stream({ streamtype: 'data' });
  await until(() => streams.length === 1);
  const heard = listenTo(streams[0] as SpdyStream);
  for (let count = 0; count < 9; count += 1) client.data(id, Buffer.alloc(32_768, 'x'));
  await until(() => heard.taken.length === 9);
  assert.equal(client.paused, true);
  for (const taken of heard.taken) {
    taken();
    taken();
  }
  assert.equal(client.paused, false);
  const unread = await client.stream({ streamtype: 'data' });
  for (let count = 0; count < 2_000; count += 1) client.data(unread, 'x');
  await until(() => client.paused);
  client.reset(unread);
  await until(() => !client.paused);
});

test('numbers that a client may not use, and too many streams, are refused', async () => {
  const { client, streams } = session();
  await client.stream({ streamtype: 'data' }, 5);
  for (const id of [4, 5, 3]) await client.stream({ streamtype: 'data' }, id);
  await until(() => client.resets.size === 3);
  assert.equal(streams.length, 1);
  for (let id = 7; id < 7 + 2 * 600; id += 2) await client.stream({ streamtype: 'data' }, id);
  await until(() => streams.length === 512 && client.resets.size === 3 + 600 - 511);
});

test('whatever comes, the session ends at worst', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 40 }).map(synStream))),
      async (pieces) => {
        const { client, closed } = session();
        for (const piece of pieces) client.bytes(piece);
        await new Promise((resolve) => setImmediate(resolve));
        client.close();
        assert.equal(closed(), 1);
      },
    ),
    { numRuns: 200 },
  );
});

/** A frame that opens a stream with these bytes in place of its headers. */
function synStream(block: Uint8Array): Uint8Array {
  const head = Buffer.alloc(18);
  head.writeUInt16BE(0x8003, 0);
  head.writeUInt16BE(1, 2);
  head.writeUIntBE(10 + block.length, 5, 3);
  head.writeUInt32BE(1, 8);
  return Buffer.concat([head, block]);
}

test('headers that swell, or are none, end the session and no more', async () => {
  const { client, streams } = session();
  await client.stream({ streamtype: 'x'.repeat(100_000) });
  await until(() => client.closed);
  assert.equal(streams.length, 0);
  const other = session();
  other.client.bytes(synStream(Buffer.from('not zlib at all')));
  await until(() => other.client.closed);
});

test('what the server writes for headers, any reader of zlib takes', async () => {
  const writer = new HeaderWriter();
  const reader = new HeaderReader();
  for (let count = 0; count < 3; count += 1) assert.equal((await reader.read(writer.empty())).size, 0);
  reader.close();
});
