import assert from 'node:assert/strict';
import test from 'node:test';
import { type ActorRef, ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { LogsRequest, StreamIn, StreamOut } from '@bramble/protocol/messages/streams.ts';
import { decodeStreamOut } from '@bramble/protocol/streams.ts';
import type { PodsMessage } from '../pods/manager-messages.ts';
import type { FoundContainer } from '../pods/worker-state.ts';
import type { ContainerView, LogChunk, LogOptions } from '../runtime/port.ts';
import type { StreamsMessage } from './messages.ts';
import { boardStreams } from './streams.ts';

const fenced = { storeId: '11111111-1111-4111-8111-111111111111', epoch: 1 };
const request: LogsRequest = {
  type: 'logs',
  uid: 'u',
  container: 'web',
  follow: false,
  previous: false,
  timestamps: false,
};

function view(id: string, state: ContainerView['state']): ContainerView {
  const empty = { name: '', image: '', imageId: '', labels: {}, error: '', startedAt: '', finishedAt: '' };
  return { id, state, pid: 0, exitCode: undefined, outOfMemory: false, ...empty };
}

const found: FoundContainer = {
  pod: 'a',
  known: true,
  current: view('now', 'running'),
  previous: undefined,
  waiting: 'ContainerCreating',
};

class Bench {
  readonly host = new VirtualHost();
  readonly frames: StreamOut[] = [];
  readonly asked: { id: string; options: LogOptions }[] = [];
  readonly signals: AbortSignal[] = [];
  chunksRead = 0;
  readonly #streams: ActorRef<StreamsMessage>;

  constructor(
    chunks: () => Iterable<LogChunk> | AsyncIterable<LogChunk>,
    answer: FoundContainer | undefined = found,
  ) {
    const system = new ActorSystem(this.host, { onRootFailure: (error) => assert.fail(String(error)) });
    const pods: ActorRef<PodsMessage> = {
      path: 'pods',
      send: (message) => message.type === 'find-container' && message.replyTo.send(answer),
    };
    const bench = this;
    const logs = async function* (id: string, options: LogOptions, signal: AbortSignal) {
      bench.asked.push({ id, options });
      bench.signals.push(signal);
      for await (const chunk of chunks()) {
        bench.chunksRead += 1;
        yield chunk;
      }
    };
    this.#streams = system.run('streams', boardStreams({ runtime: { logs }, pods, boot: 3 }));
    this.#streams.send({
      type: 'attach-link',
      link: { path: 'link', send: ({ payload }) => this.#take(payload) },
    });
  }

  #take(payload: Uint8Array): boolean {
    const frame = decodeStreamOut(payload);
    assert.ok(frame.ok);
    this.frames.push(frame.value);
    return true;
  }

  open(change: Partial<LogsRequest> = {}, stream = 's', boot = 3): void {
    this.frame({ ...fenced, type: 'open', sequence: 0, boot, request: { ...request, ...change } }, stream);
  }

  frame(frame: StreamIn, stream = 's'): void {
    this.#streams.send({ type: 'in', stream, frame });
  }

  linkDown(): void {
    this.#streams.send({ type: 'link-down' });
  }

  text(): string {
    const parts = this.frames.map((frame) =>
      frame.type === 'end' ? '' : Buffer.from(frame.bytes).toString(),
    );
    return parts.join('');
  }

  /** The error it ended with; `undefined` for none, `open` when it has not ended. */
  get end(): { readonly code: number; readonly message: string } | undefined | 'open' {
    const last = this.frames.at(-1);
    return last?.type === 'end' ? last.end.error : 'open';
  }

  get endCode(): number | undefined {
    const { end } = this;
    return typeof end === 'object' ? end.code : undefined;
  }

  get bytes(): number {
    return this.frames.reduce((sum, frame) => sum + (frame.type === 'end' ? 0 : frame.bytes.length), 0);
  }
}

const line = (text: string, stream: LogChunk['stream'] = 'stdout'): LogChunk => ({
  stream,
  bytes: Buffer.from(text),
});

test('logs are sent in numbered frames, then the end', async () => {
  const bench = new Bench(() => [line('one\n'), line('two\n', 'stderr')]);
  bench.open();
  await bench.host.elapse(10);
  assert.equal(bench.text(), 'one\ntwo\n');
  assert.deepEqual(
    bench.frames.map(({ type, sequence }) => [type, sequence]),
    [
      ['stdout', 0],
      ['stderr', 1],
      ['end', 2],
    ],
  );
  assert.equal(bench.end, undefined);
});

test('no more than the credit is under way, and no more is read than can be sent', async () => {
  const big = Buffer.alloc(40_000, 'x');
  const bench = new Bench(() =>
    Array.from({ length: 10 }, () => ({ stream: 'stdout' as const, bytes: big })),
  );
  bench.open();
  await bench.host.elapse(10);
  assert.equal(bench.bytes, limits.streamCreditBytes);
  assert.equal(bench.chunksRead, 2);
  for (const frame of bench.frames)
    if (frame.type !== 'end') assert.ok(frame.bytes.length <= limits.streamFrameBytes);
  bench.frame({ ...fenced, type: 'credit', sequence: 1, bytes: 10_000 });
  await bench.host.elapse(10);
  assert.equal(bench.bytes, limits.streamCreditBytes + 10_000);
  for (let sequence = 2; bench.end === 'open' && sequence < 20; sequence += 1) {
    bench.frame({ ...fenced, type: 'credit', sequence, bytes: limits.streamCreditBytes });
    await bench.host.elapse(10);
  }
  assert.equal(bench.bytes, 400_000);
});

test('frames that come twice or out of order count once and in order', async () => {
  const bench = new Bench(() => [{ stream: 'stdout', bytes: Buffer.alloc(200_000) }]);
  bench.open();
  await bench.host.elapse(10);
  const credit = (sequence: number): StreamIn => ({ ...fenced, type: 'credit', sequence, bytes: 1_000 });
  bench.frame(credit(2));
  await bench.host.elapse(10);
  assert.equal(bench.bytes, limits.streamCreditBytes);
  bench.frame(credit(1));
  bench.frame(credit(1));
  bench.frame(credit(2));
  await bench.host.elapse(10);
  assert.equal(bench.bytes, limits.streamCreditBytes + 2_000);
});

test('closing and losing the link both let go of the runtime', async () => {
  const forever = async function* (): AsyncGenerator<LogChunk> {
    yield line('begun\n');
    await new Promise(() => {});
  };
  const bench = new Bench(forever);
  bench.open({ follow: true }, 'one');
  bench.open({ follow: true }, 'two');
  await bench.host.elapse(10);
  bench.frame({ ...fenced, type: 'close', sequence: 1 }, 'one');
  await bench.host.elapse(10);
  assert.deepEqual(
    bench.signals.map(({ aborted }) => aborted),
    [true, false],
  );
  bench.linkDown();
  await bench.host.elapse(10);
  assert.equal(bench.signals[1]?.aborted, true);
});

test('limitBytes ends the stream in the middle of a line', async () => {
  const bench = new Bench(() => [line('0123456789'), line('abcdef')]);
  bench.open({ limitBytes: 12 });
  await bench.host.elapse(10);
  assert.equal(bench.text(), '0123456789ab');
  assert.equal(bench.end, undefined);
});

test('options reach the runtime; sinceSeconds counts from now', async () => {
  const bench = new Bench(() => []);
  bench.open({ tailLines: 3, sinceSeconds: 60, timestamps: true });
  await bench.host.elapse(10);
  const options = { follow: false, timestamps: true, tailLines: 3, since: '2025-12-31T23:59:00Z' };
  assert.deepEqual(bench.asked, [{ id: 'now', options }]);
});

const refusals: readonly [string, FoundContainer | undefined, Partial<LogsRequest>, number, string][] = [
  ['an unknown pod', undefined, {}, 404, 'pods "u" not found'],
  ['an unknown container', { ...found, known: false }, {}, 400, 'container web is not valid for pod a'],
  [
    'no previous one',
    found,
    { previous: true },
    400,
    'previous terminated container "web" in pod "a" not found',
  ],
  [
    'one that waits',
    { ...found, current: undefined },
    {},
    400,
    'container "web" in pod "a" is waiting to start: ContainerCreating',
  ],
];

for (const [what, answer, change, code, message] of refusals) {
  test(`logs of ${what}: ${code}`, async () => {
    // `undefined` stands for the default parameter, so that an unknown pod is asked for by hand.
    const bench = new Bench(() => [], answer ?? (null as unknown as FoundContainer));
    bench.open(change);
    await bench.host.elapse(10);
    assert.deepEqual(bench.end, { code, message });
  });
}

test('the last ended container speaks while its successor has not started', async () => {
  const between = { ...found, current: view('next', 'created'), previous: view('last', 'exited') };
  const bench = new Bench(() => [line('x')], between);
  bench.open();
  await bench.host.elapse(10);
  assert.equal(bench.asked[0]?.id, 'last');
});

test('an error of the runtime ends the stream with its words', async () => {
  const failing = async function* (): AsyncGenerator<LogChunk> {
    yield line('x');
    throw new Error('disk on fire');
  };
  const bench = new Bench(failing);
  bench.open();
  await bench.host.elapse(10);
  assert.deepEqual(bench.end, { code: 500, message: 'disk on fire' });
});

test('streams are bounded, and those of another boot refused', async () => {
  const forever = async function* (): AsyncGenerator<LogChunk> {
    await new Promise(() => {});
  };
  const bench = new Bench(forever);
  for (let id = 0; id < limits.streamsPerNode; id += 1) bench.open({}, `s${id}`);
  await bench.host.elapse(10);
  assert.equal(bench.end, 'open');
  bench.open({}, 'one-more');
  await bench.host.elapse(10);
  assert.equal(bench.endCode, 429);
  bench.open({}, 'old', 2);
  await bench.host.elapse(10);
  assert.equal(bench.endCode, 503);
});
