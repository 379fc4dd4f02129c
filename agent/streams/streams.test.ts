import assert from 'node:assert/strict';
import test from 'node:test';
import { limits } from '@bramble/protocol/limits.ts';
import type { LogsRequest } from '@bramble/protocol/messages/streams.ts';
import type { FoundContainer } from '../pods/worker-state.ts';
import type { LogChunk } from '../runtime/port.ts';
import { Bench, found, line, logsRequest, view } from './testing/bench.ts';

const forever = async function* (): AsyncGenerator<LogChunk> {
  await new Promise(() => {});
};

test('nothing begins before the first credit, which shows that somebody still wants it', async () => {
  const bench = new Bench({ chunks: () => [line('one\n')] });
  bench.open(logsRequest, { credit: 0 });
  await bench.elapse();
  assert.deepEqual([bench.frames(), bench.asked], [[{ type: 'ready' }], []]);
  bench.say({ type: 'credit', bytes: 1_024 });
  await bench.elapse();
  assert.equal(bench.text(), 'one\n');
  const forgotten = new Bench();
  forgotten.open(logsRequest, { credit: 0 });
  await forgotten.elapse(60_000);
  assert.equal(forgotten.endCode(), 503);
});

test('logs are sent in numbered frames, then the end', async () => {
  const bench = new Bench({ chunks: () => [line('one\n'), line('two\n', 'stderr')] });
  bench.open();
  await bench.elapse();
  assert.deepEqual(
    bench.frames().map(({ type }) => type),
    ['ready', 'stdout', 'stderr', 'end'],
  );
  assert.equal(bench.text(), 'one\ntwo\n');
  assert.deepEqual(bench.end(), {});
});

test('no more than the credit is under way, and no more is read than can be sent', async () => {
  const big = Buffer.alloc(40_000, 'x');
  const bench = new Bench({
    chunks: () => Array.from({ length: 10 }, () => ({ stream: 'stdout' as const, bytes: big })),
  });
  bench.open();
  await bench.elapse();
  assert.equal(bench.bytes, limits.streamCreditBytes);
  assert.equal(bench.chunksRead, 2);
  for (const frame of bench.frames())
    if (frame.type === 'stdout') assert.ok(frame.bytes.length <= limits.streamFrameBytes);
  bench.say({ type: 'credit', bytes: 10_000 });
  await bench.elapse();
  assert.equal(bench.bytes, limits.streamCreditBytes + 10_000);
  for (let more = 0; bench.end() === 'open' && more < 20; more += 1) {
    bench.say({ type: 'credit', bytes: limits.streamCreditBytes });
    await bench.elapse();
  }
  assert.equal(bench.bytes, 400_000);
});

test('many small pieces are bounded as well', async () => {
  const bench = new Bench({ chunks: () => Array.from({ length: 1_000 }, () => line('x')) });
  bench.open();
  await bench.elapse();
  assert.equal(bench.bytes, limits.streamCreditBytes / limits.streamFrameCost);
});

test('frames that come twice or out of order count once and in order', async () => {
  const bench = new Bench({ chunks: () => [{ stream: 'stdout', bytes: Buffer.alloc(200_000) }] });
  bench.open();
  await bench.elapse();
  const first = bench.seal({ type: 'credit', bytes: 2_000 });
  const second = bench.seal({ type: 'credit', bytes: 2_000 });
  bench.payload(second);
  await bench.elapse();
  assert.equal(bench.bytes, limits.streamCreditBytes);
  for (const payload of [first, first, second]) bench.payload(payload);
  await bench.elapse();
  assert.equal(bench.bytes, limits.streamCreditBytes + 4_000);
});

test('G7: a broker cannot add a word, nor change, repeat or move one', async () => {
  const bench = new Bench();
  const order = bench.open({
    ...{ type: 'exec', uid: 'u', container: 'web', command: ['sh'] },
    ...{ stdin: true, stdout: true, stderr: true, tty: false },
  });
  await bench.elapse();
  const session = bench.sessions[0]?.session;
  const typed = bench.seal({ type: 'stdin', bytes: Buffer.from('ls\n') });
  const next = bench.seal({ type: 'stdin', bytes: Buffer.from('pwd\n') });
  const changed = Buffer.from(next);
  changed[6] = (changed[6] ?? 0) ^ 1;
  for (const payload of [typed, typed, changed, Buffer.alloc(40, 4), Buffer.alloc(3), next])
    bench.payload(payload);
  await bench.elapse();
  assert.equal(session?.written, 'ls\npwd\n');
  bench.say({ type: 'close' });
  await bench.elapse();
  assert.equal(session?.closed, true);
  bench.order(order);
  bench.order(order, 'moved');
  await bench.elapse();
  assert.equal(bench.sessions.length, 1, 'an order that was carried out once is not carried out again');
});

test('closing and losing the link both let go of the runtime', async () => {
  const bench = new Bench({ chunks: forever });
  bench.open(logsRequest, { stream: 'one' });
  bench.open(logsRequest, { stream: 'two' });
  await bench.elapse();
  bench.say({ type: 'close' }, 'one');
  await bench.elapse();
  assert.deepEqual(
    bench.signals.map(({ aborted }) => aborted),
    [true, false],
  );
  bench.linkDown();
  await bench.elapse();
  assert.deepEqual(
    bench.signals.map(({ aborted }) => aborted),
    [true, true],
  );
});

test('a stream whose frame finds no room is over: one with a hole would be worse', async () => {
  let room = true;
  const bench = new Bench({ chunks: () => [line('one'), line('two'), line('three')], takes: () => room });
  bench.open(logsRequest, { credit: 1_024 });
  await bench.elapse();
  room = false;
  bench.say({ type: 'credit', bytes: 1_024 });
  await bench.elapse();
  bench.say({ type: 'credit', bytes: 65_536 });
  await bench.elapse();
  assert.equal(bench.text(), 'onetwo');
});

test('limitBytes cuts the log off', async () => {
  const bench = new Bench({ chunks: () => [line('0123456789'), line('abcdef')] });
  bench.open({ ...logsRequest, limitBytes: 12 });
  await bench.elapse();
  assert.equal(bench.text(), '0123456789ab');
  assert.deepEqual(bench.end(), {});
});

test('options reach the runtime; sinceSeconds counts from now', async () => {
  const bench = new Bench();
  bench.open({ ...logsRequest, tailLines: 3, sinceSeconds: 60, timestamps: true });
  await bench.elapse();
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
    const bench = new Bench({ found: answer });
    bench.open({ ...logsRequest, ...change });
    await bench.elapse();
    assert.deepEqual(bench.end(), { error: { code, message } });
  });
}

test('the last ended container speaks while its successor has not started', async () => {
  const between = { ...found, current: view('next', 'created'), previous: view('last', 'exited') };
  const bench = new Bench({ chunks: () => [line('x')], found: between });
  bench.open();
  await bench.elapse();
  assert.equal(bench.asked[0]?.id, 'last');
});

test('an error of the runtime ends the stream with its words', async () => {
  const failing = async function* (): AsyncGenerator<LogChunk> {
    yield line('x');
    throw new Error('disk on fire');
  };
  const bench = new Bench({ chunks: failing });
  bench.open();
  await bench.elapse();
  assert.deepEqual(bench.end(), { error: { code: 500, message: 'disk on fire' } });
});

test('streams are bounded, and those of another boot refused', async () => {
  const bench = new Bench({ chunks: forever });
  for (let id = 0; id < limits.streamsPerNode; id += 1) bench.open(logsRequest, { stream: `s${id}` });
  await bench.elapse();
  assert.equal(bench.end('s0'), 'open');
  bench.open(logsRequest, { stream: 'one-more' });
  await bench.elapse();
  assert.equal(bench.endCode('one-more'), 429);
  bench.open(logsRequest, { stream: 'old', openedBoot: 2 });
  await bench.elapse();
  assert.equal(bench.endCode('old'), 503);
});
