import assert from 'node:assert/strict';
import test from 'node:test';
import { limits } from '@bramble/protocol/limits.ts';
import type { LogsRequest, StreamFrame } from '@bramble/protocol/messages/streams.ts';
import { seal } from '@bramble/protocol/sealing.ts';
import { newStreamKey, streamKeyContext } from '@bramble/protocol/stream-keys.ts';
import { FrameReader, FrameWriter, frameOverheadBytes } from '@bramble/protocol/streams.ts';
import { topics } from '@bramble/protocol/topics.ts';
import { podObject } from '../pods/testing/objects.ts';
import { node, Rig, storeA } from '../pods/testing/rig.ts';

const pod = podObject('a');
const request: LogsRequest = {
  type: 'logs',
  uid: 'uid-a',
  container: 'web',
  follow: false,
  previous: false,
  timestamps: false,
};
const manyBytes = 1_000_000;

async function running(): Promise<Rig> {
  const rig = new Rig();
  rig.boot();
  await rig.host.elapse(200);
  rig.want(['pods', pod]);
  await rig.host.elapse(1_000);
  rig.world.logs = [{ stream: 'stdout', bytes: Buffer.alloc(manyBytes, 'x') }];
  return rig;
}

/** The controller's end of a stream that reads all that it is sent. */
class Reader {
  read = 0;
  ended = false;
  readonly #rig: Rig;
  readonly #topic: string;
  readonly #out: string;
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  #seen = 0;

  constructor(rig: Rig, number: number) {
    this.#rig = rig;
    this.#topic = topics.streamIn(node, `s${number}`);
    this.#out = topics.streamOut(node, `s${number}`);
    const key = newStreamKey();
    this.#writer = new FrameWriter(key, 'in');
    this.#reader = new FrameReader(key, 'out');
    const sealed = seal(rig.sealing.publicKey, streamKeyContext(this.#topic, 1), key);
    rig.order(this.#topic, { storeId: storeA, epoch: 1, boot: 1, number, key: sealed, request });
    this.#say({ type: 'credit', bytes: limits.streamCreditBytes });
  }

  /** Takes what was published since, and gives credit for it. */
  take(): void {
    const frames = this.#rig.link.published.filter(({ topic }) => topic === this.#out);
    for (const { payload } of frames.slice(this.#seen)) {
      const read = this.#reader.read(Buffer.from(payload));
      assert.ok(read.ok && read.value.sequence === this.#seen);
      this.#seen += 1;
      const { frame } = read.value;
      if (frame.type === 'end') this.ended = true;
      if (frame.type !== 'stdout') continue;
      this.read += frame.bytes.length;
      this.#say({ type: 'credit', bytes: frame.bytes.length });
    }
  }

  #say(frame: StreamFrame): void {
    this.#rig.deliver(this.#topic, this.#writer.write(frame));
  }
}

function streamedBytes(rig: Rig): number {
  const frames = rig.link.published.filter(({ topic }) => topic.endsWith('/out'));
  return frames.reduce((sum, { payload }) => sum + payload.length, 0);
}

test('bulk never delays status: what streams have under way is bounded, and a status does not wait behind the rest', async () => {
  const rig = await running();
  const readers = Array.from({ length: 20 }, (_, index) => new Reader(rig, index + 1));
  await rig.host.elapse(1_000);
  for (const reader of readers) reader.take();
  await rig.host.elapse(1_000);
  const most = limits.streamWindowBytes + limits.streamFrameBytes + frameOverheadBytes;
  const before = streamedBytes(rig);
  assert.ok(before >= limits.streamWindowBytes && before <= most, `${before} bytes are under way`);
  rig.want(['pods', pod], ['pods', podObject('b')]);
  await rig.host.elapse(2_000);
  assert.equal(rig.lastReport('b').status.phase, 'Running');
  assert.equal(streamedBytes(rig), before, 'and nothing of the streams has gone before it');
});

test('as the broker acknowledges, all streams come to their end, with turns for each', async () => {
  const rig = await running();
  const readers = [new Reader(rig, 1), new Reader(rig, 2)];
  await rig.host.elapse(100);
  for (let step = 0; readers.some(({ ended }) => !ended) && step < 2_000; step += 1) {
    rig.link.settles.shift()?.();
    await rig.host.elapse(1);
    for (const reader of readers) reader.take();
    const [one, other] = readers.map(({ read }) => read);
    assert.ok(Math.abs((one ?? 0) - (other ?? 0)) <= 2 * limits.streamCreditBytes);
  }
  assert.deepEqual(
    readers.map(({ read, ended }) => [read, ended]),
    [
      [manyBytes, true],
      [manyBytes, true],
    ],
  );
});
