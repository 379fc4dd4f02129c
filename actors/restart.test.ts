import assert from 'node:assert/strict';
import test from 'node:test';
import type { Actor, ActorContext } from './actor.ts';
import type { ActorRef } from './ref.ts';
import { collector, type Deed, doer, growTree, patient } from './testing/tree.ts';

const crash: Deed = () => {
  throw new Error('told to crash');
};

test('a restart starts from a fresh state and keeps the inbox, without the message that failed', () => {
  type Message = 'add' | 'crash';
  const states: number[] = [];
  const counter: Actor<number, Message> = {
    start: () => 0,
    receive: (count, message) => {
      if (message === 'crash') throw new Error('told to crash');
      states.push(count + 1);
      return count + 1;
    },
  };
  let ref: ActorRef<Message> | undefined;
  const { host } = growTree((ctx) => {
    ref = ctx.spawn('counter', counter);
  });
  for (const message of ['add', 'add', 'crash', 'add'] as const) ref?.send(message);
  host.runUntilIdle();
  assert.deepEqual(states, [1, 2], 'suspended until the back-off is over');
  host.advance(100);
  assert.deepEqual(states, [1, 2, 1]);
});

test('an actor that waits for its restart loses no message, though the ready queue still holds it', () => {
  const got: string[] = [];
  let second: ActorRef<string> | undefined;
  let first: ActorRef<Deed> | undefined;
  const { host } = growTree(
    (ctx) => {
      first = ctx.spawn('first', doer());
      second = ctx.spawn('second', collector(got));
    },
    { ...patient, strategy: 'one-for-all', backoff: { firstMs: 100, maxMs: 100 } },
  );
  first?.send(crash);
  second?.send('waiting');
  host.runUntilIdle();
  assert.deepEqual(got, [], 'received between two incarnations');
  host.advance(100);
  assert.deepEqual(got, ['waiting']);
});

test('an actor that sends to itself in each turn is queued once', () => {
  const tree = growTree(() => {});
  let left = 1_000;
  const again: Deed = (ctx) => {
    left -= 1;
    if (left > 0) ctx.self.send(again);
  };
  tree.within(again);
  assert.equal(tree.system.counts.turns, 1_000);
});

test('stopped() is called once for each incarnation that started, also when its state is undefined', () => {
  const stopped: string[] = [];
  let starts = 0;
  const actor: Actor<undefined, Deed> = {
    start: () => {
      starts += 1;
      if (starts === 2) throw new Error('second start fails');
    },
    receive: (state, deed, ctx) => {
      deed(ctx);
      return state;
    },
    stopped: () => void stopped.push(`life ${starts}`),
  };
  let ref: ActorRef<Deed> | undefined;
  const tree = growTree((ctx) => {
    ref = ctx.spawn('actor', actor);
  }, patient);
  ref?.send(crash);
  tree.host.runUntilIdle();
  assert.equal(starts, 3);
  assert.deepEqual(stopped, ['life 1']);
  tree.system.stop();
  assert.deepEqual(stopped, ['life 1', 'life 3']);
});

test('a failing stopped() is logged and hinders nothing', () => {
  const actor: Actor<null, Deed> = {
    ...doer(),
    stopped: () => {
      throw new Error('cannot let go');
    },
  };
  const tree = growTree((ctx) => void ctx.spawn('actor', actor));
  tree.system.stop();
  assert.deepEqual(tree.census(), []);
  assert.equal(tree.host.logs.at(-1)?.message, 'stopped() failed');
});

test('a restart takes its timers and open asks out of the host', () => {
  let ref: ActorRef<Deed> | undefined;
  const tree = growTree((ctx) => {
    ref = ctx.spawn('actor', doer());
  }, patient);
  const deaf: ActorRef<unknown> = { path: 'deaf', send: () => true };
  ref?.send((ctx) => {
    ctx.setTimer('late', 60_000, crash);
    ctx.ask(deaf, () => null, { timeoutMs: 60_000, onReply: () => crash, onTimeout: () => crash });
  });
  tree.host.runUntilIdle();
  assert.equal(tree.host.timers, 2);
  ref?.send(crash);
  tree.host.runUntilIdle();
  assert.equal(tree.host.timers, 0);
});

test('the context of an ended incarnation does nothing, and cannot spawn', () => {
  const old: ActorContext<Deed>[] = [];
  let ref: ActorRef<Deed> | undefined;
  const tree = growTree((ctx) => {
    ref = ctx.spawn(
      'actor',
      doer((own) => void old.push(own)),
    );
  }, patient);
  ref?.send(crash);
  tree.host.runUntilIdle();
  const [first] = old;
  assert.ok(first && old.length === 2);
  first.stopSelf();
  first.setTimer('late', 0, crash);
  first.watch(tree.root, crash);
  first.listen<number>(() => crash)(1);
  first.ask(tree.root, () => crash, { timeoutMs: 0, onReply: () => crash, onTimeout: () => crash });
  tree.host.advance(1_000);
  assert.equal(old.length, 2, 'not restarted by anything the old context did');
  assert.deepEqual(tree.rootFailures, []);
  assert.throws(() => first.spawn('late', doer()), /root\/actor cannot spawn late/);
});

test('an actor ends after the turn in which it stops itself, or its start', () => {
  let starts = 0;
  const tree = growTree((ctx) => {
    ctx.spawn(
      'short',
      doer((own) => own.stopSelf()),
      { restart: 'transient' },
    );
    const long = ctx.spawn(
      'long',
      doer(() => {
        starts += 1;
      }),
      { restart: 'transient' },
    );
    long.send((own) => own.stopSelf());
    long.send(crash);
  });
  assert.deepEqual(tree.census(), ['root', 'root/long']);
  tree.host.advance(1_000);
  assert.deepEqual(tree.census(), ['root']);
  assert.equal(starts, 1);
});

test('a failure outweighs a normal end in the same turn', () => {
  let starts = 0;
  let ref: ActorRef<Deed> | undefined;
  const counted = doer(() => {
    starts += 1;
  });
  const { host } = growTree((ctx) => {
    ref = ctx.spawn('actor', counted, { restart: 'transient' });
  }, patient);
  ref?.send((ctx) => {
    ctx.listen(crash as () => never)(null);
    ctx.stopSelf();
  });
  host.runUntilIdle();
  assert.equal(starts, 2);
});

test('stopSelf from a callback between two turns needs no message to take effect', () => {
  let stop: (() => void) | undefined;
  const tree = growTree((ctx) => {
    ctx.spawn(
      'actor',
      doer((own) => {
        stop = () => own.stopSelf();
      }),
      { restart: 'temporary' },
    );
  });
  stop?.();
  tree.host.runUntilIdle();
  assert.deepEqual(tree.census(), ['root']);
});

test('a permanent child that ends normally is started again; a temporary one that fails is not', () => {
  const starts = { permanent: 0, temporary: 0 };
  let permanent: ActorRef<Deed> | undefined;
  let temporary: ActorRef<Deed> | undefined;
  const count = (which: keyof typeof starts): Actor<null, Deed> =>
    doer(() => {
      starts[which] += 1;
    });
  const tree = growTree((ctx) => {
    permanent = ctx.spawn('permanent', count('permanent'));
    temporary = ctx.spawn('temporary', count('temporary'), { restart: 'temporary' });
  });
  permanent?.send((ctx) => ctx.stopSelf());
  temporary?.send(crash);
  tree.host.advance(1_000);
  assert.deepEqual(starts, { permanent: 2, temporary: 1 });
  assert.equal(temporary?.send(crash), false);
});

test('a permanent child that stops itself in its start uses up the budget, and then its parent fails', () => {
  const tree = growTree(
    (ctx) =>
      void ctx.spawn(
        'restless',
        doer((own) => own.stopSelf()),
      ),
    { ...patient, budget: { restarts: 3, withinMs: 1_000 } },
  );
  tree.host.runUntilIdle();
  assert.match(String(tree.rootFailures), /root\/restless failed more than 3 times; root gives up/);
});
