import assert from 'node:assert/strict';
import test from 'node:test';
import { type Actor, ActorSystem, type Host } from './index.ts';

const host: Host = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => 0.5,
  defer: (turn) => void setImmediate(turn),
  timer: (ms, fire) => {
    const t = setTimeout(fire, ms);
    return () => clearTimeout(t);
  },
  nextTurn: () => 0,
  log: () => {},
};

test('an actor that fails is started again with its inbox', async () => {
  let starts = 0;
  const counter: Actor<number, { type: 'add' } | { type: 'crash' } | { type: 'get'; replyTo: { path: string; send(n: number): boolean } }> = {
    start: () => {
      starts += 1;
      return 0;
    },
    receive: (n, m) => {
      if (m.type === 'crash') throw new Error('boom');
      if (m.type === 'get') m.replyTo.send(n);
      return m.type === 'add' ? n + 1 : n;
    },
  };
  const system = new ActorSystem(host, { onRootFailure: (e) => assert.fail(String(e)) });
  let ref: ReturnType<typeof system.run> | undefined;
  system.run('root', {
    start: (ctx) => {
      ref = ctx.spawn('counter', counter);
      return null;
    },
    receive: (s) => s,
  });
  const c = ref as never as { path: string; send(m: unknown): boolean };
  c.send({ type: 'add' });
  c.send({ type: 'crash' });
  c.send({ type: 'add' });
  const n = await system.ask<unknown, number>(c, (replyTo) => ({ type: 'get', replyTo }), 2000);
  assert.equal(n, 1);
  assert.equal(starts, 2);
  system.stop();
});
