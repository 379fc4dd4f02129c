import assert from 'node:assert/strict';
import test from 'node:test';
import type { Actor, ActorContext } from './actor.ts';
import type { ActorRef } from './ref.ts';
import { collector, type Deed, doer, growTree, patient, type TestTree } from './testing/tree.ts';

interface Notebook {
  readonly tree: TestTree;
  readonly notes: string[];
  readonly lives: ActorContext<string>[];
  /** The context of the newest incarnation. */
  ctx(): ActorContext<string>;
  run(): string[];
}

/** An actor that notes its messages, and fails on `crash`. Tests use its context from outside. */
function notebook(): Notebook {
  const notes: string[] = [];
  const lives: ActorContext<string>[] = [];
  const actor: Actor<null, string> = {
    start: (ctx) => {
      lives.push(ctx);
      return null;
    },
    receive: (state, message) => {
      if (message === 'crash') throw new Error('told to crash');
      notes.push(message);
      return state;
    },
  };
  const tree = growTree((ctx) => void ctx.spawn('notebook', actor), patient);
  const run = (): string[] => {
    tree.host.runUntilIdle();
    return notes.splice(0);
  };
  return { tree, notes, lives, ctx: () => lives.at(-1) as ActorContext<string>, run };
}

const mapped = { timeoutMs: 100, onReply: (reply: string) => `got ${reply}`, onTimeout: () => 'timeout' };

test('a timer set anew or cancelled never delivers its old message, not even when it has fired already', () => {
  const { tree, ctx, run } = notebook();
  ctx().setTimer('one', 10, 'old');
  tree.host.step();
  ctx().setTimer('one', 10, 'new');
  assert.deepEqual(run(), []);
  ctx().setTimer('two', 5, 'cancelled');
  tree.host.step();
  ctx().cancelTimer('two');
  assert.deepEqual(run(), []);
  tree.host.advance(10);
  assert.deepEqual(run(), ['new']);
  assert.equal(tree.host.timers, 0);
});

test('a delay that no timer can wait is refused', () => {
  const { ctx, tree } = notebook();
  for (const delayMs of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => ctx().setTimer('odd', delayMs, 'never'), /timer odd of root\/notebook is .* ms/);
  assert.equal(tree.host.timers, 0);
});

test('signals go before messages, and undefined is a message like any other', () => {
  const got: (string | undefined)[] = [];
  let ref: ActorRef<string | undefined> | undefined;
  let own: ActorContext<string | undefined> | undefined;
  const tree = growTree((ctx) => {
    const start = (context: ActorContext<string | undefined>): null => {
      own = context;
      return null;
    };
    ref = ctx.spawn('collector', collector(got, { start }));
  });
  ref?.send('message');
  ref?.send(undefined);
  own?.listen<number>(() => undefined)(1);
  own?.listen<number>(() => 'signal')(2);
  tree.host.runUntilIdle();
  assert.deepEqual(got, [undefined, 'signal', 'message', undefined]);
});

test('ask: the first reply counts, a later one is not taken, nor one after the time-out', () => {
  const { tree, ctx, run } = notebook();
  const replies: ActorRef<string>[] = [];
  const asked: ActorRef<ActorRef<string>> = { path: 'asked', send: (replyTo) => replies.push(replyTo) > 0 };
  ctx().ask(asked, (replyTo: ActorRef<string>) => replyTo, mapped);
  ctx().ask(asked, (replyTo: ActorRef<string>) => replyTo, mapped);
  assert.deepEqual([replies[0]?.send('first'), replies[0]?.send('second')], [true, false]);
  assert.deepEqual(run(), ['got first']);
  tree.host.advance(100);
  assert.equal(replies[1]?.send('late'), false);
  assert.deepEqual(run(), ['timeout']);
});

test('ask: an actor that takes no message is a time-out at once', () => {
  const { tree, ctx, run } = notebook();
  const full: ActorRef<unknown> = { path: 'full', send: () => false };
  ctx().ask(full, () => null, mapped);
  assert.deepEqual(run(), ['timeout']);
  assert.equal(tree.host.timers, 0);
});

test('ask: a reply to an incarnation that has ended is not taken', () => {
  const { tree, ctx, run } = notebook();
  const replies: ActorRef<string>[] = [];
  const asked: ActorRef<ActorRef<string>> = { path: 'asked', send: (replyTo) => replies.push(replyTo) > 0 };
  ctx().ask(asked, (replyTo: ActorRef<string>) => replyTo, mapped);
  ctx().self.send('crash');
  run();
  assert.equal(replies[0]?.send('reply'), false);
  ctx().ask(asked, (replyTo: ActorRef<string>) => replyTo, mapped);
  tree.system.stop();
  assert.equal(replies[1]?.send('reply'), false);
  assert.deepEqual(run(), []);
});

test('a mapping that throws fails the actor it belongs to, not the one that replied', async () => {
  const { tree, ctx, lives, run } = notebook();
  const throws = (): never => {
    throw new Error('cannot map');
  };
  const faults: ((from: ActorContext<string>) => void)[] = [
    (from) => from.listen<number>(throws)(1),
    (from) => from.pipe(Promise.resolve(1), throws, throws),
    (from) => from.pipe(Promise.reject(new Error('rejected')), throws, throws),
    (from) =>
      from.ask(
        tree.root,
        (replyTo: ActorRef<number>) => () => {
          assert.equal(replyTo.send(1), true);
        },
        { ...mapped, onReply: throws },
      ),
  ];
  for (const [at, fault] of faults.entries()) {
    fault(ctx());
    await tree.host.settle();
    assert.equal(lives.length, at + 2);
  }
  assert.deepEqual([run(), tree.rootFailures], [[], []]);
});

test('pipe delivers values and errors', async () => {
  const { tree, ctx, notes } = notebook();
  const toNote = (value: unknown): string => `${value}`;
  ctx().pipe(Promise.resolve('value'), toNote, toNote);
  ctx().pipe(Promise.reject(new Error('failed')), toNote, toNote);
  await tree.host.settle();
  assert.deepEqual(notes, ['value', 'Error: failed']);
});

test('several watch one actor, each is told once; a restart tells nobody', () => {
  const { tree, ctx, run } = notebook();
  const told: string[] = [];
  let watched: ActorRef<Deed> | undefined;
  tree.within((own) => {
    watched = own.spawn('watched', doer());
    own.watch(watched, () => void told.push('root'));
  });
  assert.ok(watched);
  const target = watched;
  ctx().watch(target, 'first');
  ctx().watch(target, 'second');
  target.send(() => {
    throw new Error('told to crash');
  });
  assert.deepEqual([run(), told], [[], []]);
  tree.within((own) => own.stop(target));
  assert.deepEqual(
    [run(), told],
    [['second'], ['root']],
    'watching again takes the place of the first watch',
  );
  ctx().watch(target, 'told once');
  ctx().watch(target, 'gone already');
  assert.deepEqual(run(), ['gone already']);
});

test('after unwatch no notice comes, not even one that waits already; others still get theirs', () => {
  const { tree, ctx, run } = notebook();
  const told: string[] = [];
  let target: ActorRef<Deed> | undefined;
  tree.within((own) => {
    target = own.spawn('watched', doer());
    own.watch(target, () => void told.push('root'));
  });
  assert.ok(target);
  const watched = target;
  ctx().watch(watched, 'stopped');
  tree.root.send((own) => {
    own.stop(watched);
    ctx().unwatch(watched);
  });
  assert.deepEqual([run(), told], [[], ['root']]);
});

test('a watcher that was restarted is told only if it watches again', () => {
  const { tree, ctx, run } = notebook();
  let target: ActorRef<Deed> | undefined;
  tree.within((own) => {
    target = own.spawn('watched', doer());
  });
  assert.ok(target);
  const watched = target;
  ctx().watch(watched, 'old life');
  ctx().self.send('crash');
  run();
  ctx().watch(watched, 'new life');
  tree.within((own) => own.stop(watched));
  assert.deepEqual(run(), ['new life']);
});

test('what is no actor cannot be watched, and who is no parent cannot stop', () => {
  const { tree, ctx } = notebook();
  assert.throws(() => ctx().watch({ path: 'adapter', send: () => true }, 'never'), /cannot watch adapter/);
  assert.throws(() => ctx().stop(tree.root), /root\/notebook cannot stop root: not its child/);
});
