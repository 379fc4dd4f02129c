import assert from 'node:assert/strict';
import test from 'node:test';
import type { ActorRef } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import type { ContainerView } from '../runtime/port.ts';
import { view } from '../streams/testing/bench.ts';
import { findRunning } from './manager-running.ts';
import type { ManagerContext, ManagerState } from './manager-state.ts';
import type { WorkerMessage } from './worker-state.ts';

type Reply = (running: readonly ContainerView[]) => void;

function ask(workers: Readonly<Record<string, (reply: Reply) => boolean>>) {
  const host = new VirtualHost();
  const answers: string[][] = [];
  const replyTo: ActorRef<readonly ContainerView[]> = {
    path: 'asker',
    send: (views) => answers.push(views.map(({ id }) => id)) > 0,
  };
  const refs = Object.entries(workers).map(([path, take]): [string, ActorRef<WorkerMessage>] => [
    path,
    { path, send: (message) => message.type === 'running' && take(message.reply) },
  ]);
  const state: Pick<ManagerState, 'workers'> = { workers: new Map(refs) };
  const ctx: Pick<ManagerContext, 'host'> = { host };
  findRunning(state, replyTo, ctx);
  return { answers, host };
}

const now =
  (id: string) =>
  (reply: Reply): boolean => {
    reply([view(id, 'running')]);
    return true;
  };

test('all workers are asked, and answered for at once when all have answered', () => {
  assert.deepEqual(ask({ a: now('one'), b: now('two') }).answers, [['one', 'two']]);
  assert.deepEqual(ask({}).answers, [[]]);
});

test('a worker that takes no message, or answers too late, keeps nobody waiting for the others', async () => {
  const late: Reply[] = [];
  const { answers, host } = ask({
    full: () => false,
    slow: (reply) => late.push(reply) > 0,
    well: now('one'),
  });
  await host.elapse(400);
  assert.deepEqual(answers, []);
  await host.elapse(200);
  assert.deepEqual(answers, [['one']]);
  late[0]?.([view('late', 'running')]);
  assert.deepEqual(answers, [['one']]);
});
