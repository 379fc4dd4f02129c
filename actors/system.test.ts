import assert from 'node:assert/strict';
import test from 'node:test';
import type { Actor } from './actor.ts';
import type { ActorRef } from './ref.ts';
import { child, supervisor } from './supervisor.ts';
import { ActorSystem, AskRefused, AskTimeout } from './system.ts';
import { collector, type Deed, doer, growTree } from './testing/tree.ts';
import { VirtualHost } from './testing/virtual-host.ts';

test('stop lets go of everything, children first, the youngest first, and ends timers', () => {
  const stopped: string[] = [];
  const leaf = (name: string): Actor<null, Deed> => ({
    ...doer((ctx) => ctx.setTimer('beat', 1_000, () => {})),
    stopped: () => void stopped.push(name),
  });
  const { host, system, root } = growTree((ctx) => {
    ctx.spawn('a', {
      ...leaf('a'),
      start: (own) => {
        own.spawn('inner', leaf('inner'));
        return null;
      },
    });
    ctx.spawn('b', leaf('b'));
  });
  system.stop();
  assert.deepEqual(stopped, ['b', 'inner', 'a']);
  assert.deepEqual([system.census(), host.timers, root.send(() => {})], [[], 0, false]);
});

test('stop from within a turn takes effect after that turn, with the state that it left', () => {
  const stopped: string[] = [];
  let ref: ActorRef<string> | undefined;
  const { host, system } = growTree((ctx) => {
    const actor: Actor<string, string> = {
      start: () => 'started',
      receive: (_, message) => {
        system.stop();
        return message;
      },
      stopped: (state) => {
        stopped.push(state);
        system.stop();
      },
    };
    ref = ctx.spawn('actor', actor);
  });
  ref?.send('opened in this turn');
  ref?.send('never seen');
  host.runUntilIdle();
  assert.deepEqual(stopped, ['opened in this turn']);
  assert.deepEqual(system.census(), []);
});

test('a root whose start fails throws to the caller, leaves nothing behind and can be run again', () => {
  const failures: unknown[] = [];
  const system = new ActorSystem(new VirtualHost(), { onRootFailure: (error) => failures.push(error) });
  const broken = doer((ctx) => {
    ctx.spawn('child', doer());
    throw new Error('no start');
  });
  assert.throws(() => system.run('root', broken), /no start/);
  assert.deepEqual([system.census(), failures], [[], []]);
  system.run('root', doer());
  assert.throws(() => system.run('other', doer()), /already runs root/);
  system.stop();
});

test('the failure of the root stops all and is reported once, with the error itself', () => {
  const tree = growTree((ctx) => void ctx.spawn('child', doer()));
  const error = new Error('broken assumption');
  const broken: Deed = () => {
    throw error;
  };
  tree.root.send(broken);
  tree.root.send(broken);
  tree.host.runUntilIdle();
  assert.deepEqual(tree.rootFailures, [error]);
  assert.deepEqual(tree.census(), []);
});

test('a handler of the root failure that throws leaves a scheduler that works', () => {
  const host = new VirtualHost();
  const got: string[] = [];
  const system = new ActorSystem(host, {
    onRootFailure: () => {
      throw new Error('exit');
    },
  });
  system.run('root', doer()).send(() => {
    throw new Error('broken');
  });
  assert.throws(() => host.runUntilIdle(), /exit/);
  system.run('root', collector(got)).send('works');
  host.runUntilIdle();
  assert.deepEqual(got, ['works']);
});

test('names are unique among siblings while they live, not empty, and without slashes', () => {
  const tree = growTree(() => {});
  tree.within((ctx) => {
    const twin = ctx.spawn('twin', doer());
    assert.throws(() => ctx.spawn('twin', doer()), /root\/twin already runs/);
    assert.throws(() => ctx.spawn('a/b', doer()), /'a\/b' is no name/);
    assert.throws(() => ctx.spawn('', doer()), /'' is no name/);
    assert.equal(
      twin.send(() => {}),
      true,
    );
    ctx.stop(twin);
    ctx.spawn('twin', doer());
  });
  assert.deepEqual(tree.census(), ['root', 'root/twin']);
  assert.deepEqual(tree.rootFailures, []);
});

test('a child whose start fails is the failure of the one that spawns it, and is gone', () => {
  const tree = growTree(() => {});
  const broken = doer((ctx) => {
    ctx.spawn('grandchild', doer());
    throw new Error('no start');
  });
  tree.within((ctx) => assert.throws(() => ctx.spawn('broken', broken), /no start/));
  assert.deepEqual([tree.census(), tree.rootFailures], [['root'], []]);
});

test('ask from outside: an answer, a time-out, a refusal', async () => {
  const { host, system } = growTree(() => {});
  const later: ActorRef<string>[] = [];
  const asked: ActorRef<ActorRef<string>> = { path: 'asked', send: (replyTo) => later.push(replyTo) > 0 };
  const answer = system.ask(asked, (replyTo: ActorRef<string>) => replyTo, 100);
  const late = system.ask(asked, (replyTo: ActorRef<string>) => replyTo, 100);
  assert.deepEqual([later[0]?.send('yes'), later[0]?.send('again')], [true, false]);
  assert.equal(await answer, 'yes');
  host.advance(100);
  await assert.rejects(late, AskTimeout);
  assert.equal(later[1]?.send('late'), false);
  await assert.rejects(
    system.ask({ path: 'full', send: () => false }, () => null, 100),
    AskRefused,
  );
  assert.equal(host.timers, 0);
});

test('a full inbox refuses or drops the oldest, as told, and both are counted', () => {
  const got = { refuse: [] as number[], drop: [] as number[] };
  let refuse: ActorRef<number> | undefined;
  let drop: ActorRef<number> | undefined;
  const { host, system } = growTree((ctx) => {
    refuse = ctx.spawn('refuse', collector(got.refuse, { inbox: { capacity: 2 } }));
    drop = ctx.spawn('drop', collector(got.drop, { inbox: { capacity: 2, overflow: 'drop-oldest' } }));
  });
  const answers = [1, 2, 3].map((message) => [refuse?.send(message), drop?.send(message)]);
  assert.deepEqual(answers, [
    [true, true],
    [true, true],
    [false, true],
  ]);
  host.runUntilIdle();
  assert.deepEqual(got, { refuse: [1, 2], drop: [2, 3] });
  assert.deepEqual([system.counts.refused, system.counts.droppedOldest], [1, 1]);
});

test('a conflated message wakes its actor as any other', () => {
  const got: number[] = [];
  let ref: ActorRef<number> | undefined;
  const { host } = growTree((ctx) => {
    ref = ctx.spawn('newest', collector(got, { inbox: { conflate: () => 'same' } }));
  });
  for (let round = 0; round < 3; round += 1) {
    for (const message of [1, 2, 3]) ref?.send(round * 10 + message);
    host.runUntilIdle();
  }
  assert.deepEqual(got, [3, 13, 23]);
});

test('a supervisor starts its children in order and hands out their refs before the next one starts', () => {
  const order: string[] = [];
  const got: string[] = [];
  let collecting: ActorRef<string> | undefined;
  const host = new VirtualHost();
  const system = new ActorSystem(host, { onRootFailure: (error) => assert.fail(String(error)) });
  const tree = supervisor(() => [
    child('first', collector(got), {
      started: (ref) => {
        collecting = ref;
      },
    }),
    child(
      'second',
      doer((ctx) => {
        order.push(ctx.self.path);
        collecting?.send('from the second');
      }),
    ),
  ]);
  system.run('root', tree);
  host.runUntilIdle();
  assert.deepEqual([order, got], [['root/second'], ['from the second']]);
});
