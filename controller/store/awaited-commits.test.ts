import assert from 'node:assert/strict';
import test from 'node:test';
import { type ActorRef, AskRefused, AskTimeout } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { AwaitedCommits } from './awaited-commits.ts';
import type { CommitReply } from './store-actor.ts';
import type { TransactionResult } from './types.ts';

const timeoutMs = 100;
const done: TransactionResult = { ok: true, objects: [], revision: 1 };

interface Awaited {
  readonly replyTo: ActorRef<CommitReply>;
  readonly outcome: Promise<unknown>;
}

/** The outcome is the result, or the error that it was rejected with. */
function add(commits: AwaitedCommits): Awaited {
  const { promise, resolve, reject } = Promise.withResolvers<TransactionResult>();
  return { replyTo: commits.add(resolve, reject), outcome: promise.catch((error: unknown) => error) };
}

test('the first answer is the one', async () => {
  const { replyTo, outcome } = add(new AwaitedCommits('store', new VirtualHost(), timeoutMs));
  assert.equal(replyTo.send(done), true);
  assert.equal(replyTo.send('overloaded'), false);
  assert.equal(await outcome, done);
});

test('an overloaded store is a refusal that names it', async () => {
  const { replyTo, outcome } = add(new AwaitedCommits('root/store', new VirtualHost(), timeoutMs));
  replyTo.send('overloaded');
  const error = await outcome;
  assert.ok(error instanceof AskRefused);
  assert.match(error.message, /root\/store/);
});

test('each is given up when its own time is over, and an answer that comes later is not taken', async () => {
  const host = new VirtualHost();
  const commits = new AwaitedCommits('store', host, timeoutMs);
  const givenUp: string[] = [];
  const start = (name: string): Awaited => {
    const awaited = add(commits);
    awaited.outcome.then(
      (error) => error instanceof AskTimeout && givenUp.push(`${name} ${host.monotonic()}`),
    );
    return awaited;
  };
  const first = start('first');
  await host.elapse(30);
  const answered = start('answered');
  const last = start('last');
  await host.elapse(60);
  answered.replyTo.send(done);
  await host.elapse(9);
  assert.deepEqual(givenUp, []);
  await host.elapse(1_000);
  assert.deepEqual(givenUp, ['first 100', 'last 130']);
  assert.equal(first.replyTo.send(done), false);
  assert.equal(last.replyTo.send(done), false);
});

test('one timer serves them all, and none is left when all are answered or given up', async () => {
  const host = new VirtualHost();
  const commits = new AwaitedCommits('store', host, timeoutMs);
  const [first, second] = [add(commits), add(commits)];
  assert.equal(host.timers, 1);
  first.replyTo.send(done);
  assert.equal(host.timers, 1);
  second.replyTo.send(done);
  assert.equal(host.timers, 0);
  add(commits);
  await host.elapse(1_000);
  assert.equal(host.timers, 0);
});
