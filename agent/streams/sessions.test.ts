import assert from 'node:assert/strict';
import test from 'node:test';
import { limits } from '@bramble/protocol/limits.ts';
import type { ExecRequest } from '@bramble/protocol/messages/streams.ts';
import { Bench, found, line, view } from './testing/bench.ts';

const place = { uid: 'u', container: 'web' };
const exec: ExecRequest = {
  ...{ type: 'exec', ...place, command: ['sh', '-c', 'cat'] },
  ...{ stdin: true, stdout: true, stderr: true, tty: false },
};

async function begun(request: Parameters<Bench['open']>[0] = exec) {
  const bench = new Bench();
  bench.open(request);
  await bench.elapse();
  const [first] = bench.sessions;
  assert.ok(first);
  return { bench, ...first };
}

test('a command: what it is told, what it says, and its exit code', async () => {
  const { bench, what, session } = await begun();
  assert.equal(what, 'exec now sh -c cat');
  bench.say({ type: 'stdin', bytes: Buffer.from('one ') });
  bench.say({ type: 'stdin', bytes: Buffer.from('two') });
  bench.say({ type: 'stdin-end' });
  session.say(line('out'));
  session.say(line('err', 'stderr'));
  await bench.elapse();
  assert.deepEqual([session.written, session.inputEnded, bench.text()], ['one two', true, 'outerr']);
  session.finish({ exitCode: 7 });
  await bench.elapse();
  assert.deepEqual([bench.end(), session.closed], [{ exitCode: 7 }, true]);
});

test('input that came before the command began is not lost, nor is the size of its terminal', async () => {
  const bench = new Bench();
  bench.open({ ...exec, tty: true }, { credit: 0 });
  bench.say({ type: 'resize', width: 80, height: 24 });
  bench.say({ type: 'stdin', bytes: Buffer.from('early') });
  bench.say({ type: 'credit', bytes: 65_536 });
  await bench.elapse();
  const [first] = bench.sessions;
  assert.equal(first?.what, 'exec now sh -c cat tty');
  assert.deepEqual([first?.session.written, first?.session.sizes], ['early', [{ width: 80, height: 24 }]]);
  bench.say({ type: 'resize', width: 100, height: 30 });
  await bench.elapse();
  assert.deepEqual(first?.session.sizes.at(-1), { width: 100, height: 30 });
});

test('G8: a command that does not read gives no credit; who sends more all the same is cut off', async () => {
  const { bench, session } = await begun();
  session.reads = false;
  const piece = Buffer.alloc(limits.streamFrameBytes, 'x');
  for (let count = 0; count < 4; count += 1) bench.say({ type: 'stdin', bytes: piece });
  await bench.elapse();
  assert.equal(session.written.length, limits.streamFrameBytes, 'one piece at a time');
  assert.ok(!bench.frames().some(({ type }) => type === 'credit'));
  session.readAll();
  await bench.elapse();
  const credit = bench.frames().reduce((sum, frame) => sum + (frame.type === 'credit' ? frame.bytes : 0), 0);
  assert.deepEqual([session.written.length, credit], [65_536, limits.streamCreditBytes]);
  session.reads = false;
  for (let count = 0; count < 6; count += 1) bench.say({ type: 'stdin', bytes: piece });
  await bench.elapse();
  assert.equal(bench.endCode(), 400);
});

test('attaching and forwarding reach the container that runs', async () => {
  const attached = await begun({
    ...{ type: 'attach', ...place },
    ...{ stdin: false, stdout: true, stderr: true, tty: false },
  });
  assert.equal(attached.what, 'attach now');
  const forwarded = await begun({ type: 'port-forward', ...place, port: 8080 });
  assert.equal(forwarded.what, 'dial 77 8080');
  forwarded.session.finish({ error: { code: 502, message: 'nobody listens' } });
  await forwarded.bench.elapse();
  assert.equal(forwarded.bench.endCode(), 502);
});

test('what does not run cannot be joined', async () => {
  const answers = [undefined, { ...found, known: false }, { ...found, current: view('now', 'exited') }];
  for (const [index, code] of [404, 400, 400].entries()) {
    const bench = new Bench({ found: answers[index] });
    bench.open(exec);
    await bench.elapse();
    assert.deepEqual([bench.endCode(), bench.sessions.length], [code, 0]);
  }
});

test('closing lets go of the command, also while it is being started', async () => {
  const { bench, session } = await begun();
  bench.say({ type: 'close' });
  await bench.elapse();
  assert.equal(session.closed, true);
  bench.open(exec, { stream: 'hasty' });
  bench.say({ type: 'close' }, 'hasty');
  await bench.elapse();
  assert.ok(bench.sessions.every((each) => each.session.closed));
});
