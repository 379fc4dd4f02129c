import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunError, run } from './run.ts';

const timeoutMs = 10_000;

test('resolves with exit code and both streams, untouched', async () => {
  assert.deepEqual(await run('sh', ['-c', 'echo out; echo err >&2; exit 3'], { timeoutMs }), {
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('arguments reach the program without a shell', async () => {
  const { stdout } = await run('printf', ['%s|', '$(id)', 'a b', ';'], { timeoutMs });
  assert.equal(stdout, '$(id)|a b|;|');
});

test('gives input and environment', async () => {
  const { stdout } = await run('sh', ['-c', 'cat; echo $BERRY'], {
    timeoutMs,
    input: 'in ',
    env: { BERRY: 'black' },
  });
  assert.equal(stdout, 'in black\n');
});

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof RunError ? error.reason : String(error)),
  );

test('tells apart why there is no exit code', async () => {
  const signal = AbortSignal.abort();
  assert.equal(await reasonOf(run('no-such-program-here', [], { timeoutMs })), 'missing');
  assert.equal(await reasonOf(run('sleep', ['20'], { timeoutMs: 50 })), 'timeout');
  assert.equal(await reasonOf(run('sleep', ['20'], { timeoutMs, signal })), 'cancelled');
  assert.equal(await reasonOf(run('sh', ['-c', 'kill -9 $$'], { timeoutMs })), 'killed');
  assert.equal(
    await reasonOf(run('sh', ['-c', 'trap "exit 0" TERM; sleep 20 & wait'], { timeoutMs: 200 })),
    'timeout',
  );
  assert.equal(await reasonOf(run('yes', [], { timeoutMs, outputLimit: 1000 })), 'output');
});

test('a program that reads no input is no error', async () => {
  const { code } = await run('true', [], { timeoutMs, input: 'x'.repeat(1_000_000) });
  assert.equal(code, 0);
});
