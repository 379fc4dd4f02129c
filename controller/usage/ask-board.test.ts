import assert from 'node:assert/strict';
import test from 'node:test';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { StreamEnd } from '@bramble/protocol/messages/streams.ts';
import type { BoardUsage } from '@bramble/protocol/messages/usage.ts';
import type { FleetStreams, StreamSink } from '../fleet/streams.ts';
import { askBoard } from './ask-board.ts';

const usage: BoardUsage = {
  containers: [{ uid: 'u', container: 'web', cpuNanocores: 1, memoryBytes: 2, windowMs: 600 }],
};

/** One board, whose side a test plays. */
function ask(takes = true) {
  const host = new VirtualHost();
  const sent: string[] = [];
  let sink: StreamSink | undefined;
  const streams: Pick<FleetStreams, 'send'> = {
    send(message) {
      sent.push(message.type === 'open' ? `open ${message.node} ${message.request.type}` : message.type);
      if (message.type === 'open') sink = message.sink;
      return takes;
    },
  };
  const ports = { streams: () => streams, streamId: () => 's', host };
  const answer = askBoard(ports, 'pi-1');
  const say = (bytes: Uint8Array): void => sink?.onBytes(bytes, () => sent.push('taken'), 'stdout');
  return { answer, host, sent, say, ready: () => sink?.onReady(), end: (end: StreamEnd) => sink?.onEnd(end) };
}

test('a board is asked over a stream, and its answer put together', async () => {
  const { answer, sent, ready, say, end, host } = ask();
  ready();
  const bytes = Buffer.from(JSON.stringify(usage));
  say(bytes.subarray(0, 10));
  say(bytes.subarray(10));
  end({});
  assert.deepEqual(await answer, usage);
  assert.deepEqual(sent, ['open pi-1 usage', 'begin', 'taken', 'taken']);
  assert.equal(host.timers, 0);
});

test('nothing comes of a board that refuses, babbles, or is silent for three seconds', async () => {
  const refusing = ask();
  refusing.end({ error: { code: 503, message: 'no link' } });
  assert.equal(await refusing.answer, undefined);

  const babbling = ask();
  babbling.say(Buffer.from('{"containers":'));
  babbling.end({});
  assert.equal(await babbling.answer, undefined);

  const silent = ask();
  await silent.host.elapse(3_000);
  assert.equal(await silent.answer, undefined);
  assert.deepEqual(silent.sent, ['open pi-1 usage', 'close']);

  assert.equal(await ask(false).answer, undefined);
});

test('G8: more than an answer can be is not kept', async () => {
  const { answer, say, sent } = ask();
  say(Buffer.alloc(limits.usageBytes + 1));
  assert.equal(await answer, undefined);
  assert.deepEqual(sent, ['open pi-1 usage', 'close']);
});
