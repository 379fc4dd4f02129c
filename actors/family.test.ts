import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { ActorContext } from './actor.ts';
import { EscalatedFailure } from './family.ts';
import type { ActorRef } from './ref.ts';
import type { Supervision } from './supervision.ts';
import { type Deed, doer, growTree, patient, type TestTree } from './testing/tree.ts';

const crash: Deed = () => {
  throw new Error('told to crash');
};

interface Siblings {
  readonly tree: TestTree;
  readonly started: string[];
  readonly stopped: string[];
  readonly refs: Map<string, ActorRef<Deed>>;
  /** Names whose next start fails. */
  readonly failsToStart: Set<string>;
  spawn(ctx: ActorContext<Deed>, name: string): void;
}

/** A root whose children are named by single letters; a capital letter is a temporary child. */
function siblings(names: string, supervision: Partial<Supervision>, seed = 1): Siblings {
  const started: string[] = [];
  const stopped: string[] = [];
  const refs = new Map<string, ActorRef<Deed>>();
  const failsToStart = new Set<string>();
  const spawn: Siblings['spawn'] = (ctx, name) => {
    const actor = doer(() => {
      if (failsToStart.delete(name)) throw new Error(`start of ${name} fails`);
      started.push(name);
    });
    const observed = { ...actor, stopped: () => void stopped.push(name) };
    refs.set(
      name,
      ctx.spawn(name, observed, { restart: name === name.toUpperCase() ? 'temporary' : 'permanent' }),
    );
  };
  const tree = growTree(
    (ctx) => [...names].forEach((name) => void spawn(ctx, name)),
    {
      strategy: 'one-for-one',
      budget: { restarts: 10, withinMs: 60_000 },
      backoff: { firstMs: 100, maxMs: 100 },
      ...supervision,
    },
    { seed },
  );
  started.length = 0;
  return { tree, started, stopped, refs, failsToStart, spawn };
}

function fail({ tree, refs }: Siblings, name: string): void {
  refs.get(name)?.send(crash);
  tree.host.runUntilIdle();
}

test('one-for-one restarts the child that failed', () => {
  const family = siblings('abc', {});
  fail(family, 'b');
  family.tree.host.advance(100);
  assert.deepEqual(family.started, ['b']);
});

test('rest-for-one restarts those started after it too, in order; temporary ones are stopped', () => {
  const family = siblings('abCd', { strategy: 'rest-for-one' });
  fail(family, 'b');
  family.tree.host.advance(100);
  assert.deepEqual(family.started, ['b', 'd']);
  assert.deepEqual(family.tree.census(), ['root', 'root/a', 'root/b', 'root/d']);
});

test('one-for-all stops all, the youngest first, and restarts all, in order', () => {
  const family = siblings('abc', { strategy: 'one-for-all' });
  fail(family, 'c');
  family.tree.host.advance(100);
  assert.deepEqual(family.stopped, ['c', 'b', 'a']);
  assert.deepEqual(family.started, ['a', 'b', 'c']);
});

test('an elder that fails while a group waits for its restart takes the group along, once', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const family = siblings('abc', { strategy: 'rest-for-one' }, seed);
    fail(family, 'b');
    family.tree.host.advance(10);
    fail(family, 'a');
    family.tree.host.advance(1_000);
    assert.deepEqual(family.started, ['a', 'b', 'c']);
  }
});

test('a start that fails during the restart of a group begins a new group, and nobody starts twice', () => {
  const family = siblings('abc', { strategy: 'one-for-all' });
  family.failsToStart.add('b');
  fail(family, 'a');
  family.tree.host.advance(100);
  assert.deepEqual(family.started, ['a'], 'c must not start before b');
  family.tree.host.advance(100);
  assert.deepEqual(family.started, ['a', 'a', 'b', 'c']);
});

test('a child that is stopped while its group waits does not keep the others from starting', () => {
  const family = siblings('abc', { strategy: 'rest-for-one' });
  fail(family, 'b');
  family.tree.within((ctx) => ctx.stop(family.refs.get('b') as ActorRef<Deed>));
  family.tree.host.advance(100);
  assert.deepEqual(family.started, ['c']);
  family.tree.within((ctx) => ctx.stop(family.refs.get('c') as ActorRef<Deed>));
  assert.equal(family.tree.host.timers, 0);
});

test('a child that is stopped while it waits for its restart never starts, and its timer is gone', () => {
  const family = siblings('ab', {});
  fail(family, 'a');
  family.tree.within((ctx) => ctx.stop(family.refs.get('a') as ActorRef<Deed>));
  assert.equal(family.tree.host.timers, 0);
  assert.equal(family.refs.get('a')?.send(crash), false);
});

test('a child spawned while a group waits is its own group', () => {
  const family = siblings('ab', { strategy: 'rest-for-one' });
  fail(family, 'a');
  family.tree.within((ctx) => family.spawn(ctx, 'd'));
  fail(family, 'd');
  family.tree.host.advance(100);
  assert.deepEqual([...family.started].sort(), ['a', 'b', 'd', 'd']);
  assert.ok(family.started.indexOf('a') < family.started.indexOf('b'));
});

test('the back-off grows while failures come in a row, and starts again after a quiet time', () => {
  const backoff = { firstMs: 100, maxMs: 10_000 };
  const family = siblings('a', { backoff, budget: { restarts: 10, withinMs: 1_000 } });
  const delay = (): number => {
    fail(family, 'a');
    return family.tree.host.nextInMs ?? Number.NaN;
  };
  for (const full of [100, 200, 400]) {
    const waited = delay();
    assert.ok(waited >= full / 2 && waited <= full, `${waited} of ${full}`);
    family.tree.host.advance(waited);
  }
  family.tree.host.advance(1_000);
  assert.ok(delay() <= 100);
});

test('the back-off goes on growing when it is longer than the window of the budget', () => {
  const backoff = { firstMs: 1_000, maxMs: 8_000 };
  const family = siblings('a', { backoff, budget: { restarts: 10, withinMs: 100 } });
  for (const full of [1_000, 2_000, 4_000, 8_000, 8_000]) {
    fail(family, 'a');
    const waited = family.tree.host.nextInMs ?? Number.NaN;
    assert.ok(waited >= full / 2 && waited <= full, `${waited} of ${full}`);
    family.tree.host.advance(waited);
  }
});

test('within its budget a child is restarted; one failure more and its parent fails, telling why', () => {
  const restarts = fc.integer({ min: 0, max: 20 });
  fc.assert(
    fc.property(restarts, fc.integer({ min: 0, max: 30 }), (allowed, failures) => {
      const family = siblings('a', { budget: { restarts: allowed, withinMs: 60_000 } });
      for (let count = 0; count < failures; count += 1) {
        fail(family, 'a');
        family.tree.host.advance(100);
      }
      const { rootFailures } = family.tree;
      assert.equal(family.started.length, Math.min(failures, allowed));
      assert.equal(
        rootFailures.length,
        failures > allowed ? 1 : 0,
        'the root failure is reported exactly once',
      );
      if (rootFailures.length === 0) return;
      assert.ok(rootFailures[0] instanceof EscalatedFailure);
      assert.match(String(rootFailures[0].cause), /told to crash/);
      assert.deepEqual(family.tree.census(), []);
    }),
  );
});

test('failures that are further apart than the window never use up the budget', () => {
  const family = siblings('a', { budget: { restarts: 1, withinMs: 1_000 } });
  for (let count = 0; count < 20; count += 1) {
    fail(family, 'a');
    family.tree.host.advance(1_100);
  }
  assert.equal(family.started.length, 20);
  assert.deepEqual(family.tree.rootFailures, []);
});

test('escalation restarts the parent with new children before it reaches the root', () => {
  const strict: Supervision = {
    strategy: 'one-for-one',
    budget: { restarts: 1, withinMs: 1_000 },
    backoff: { firstMs: 10, maxMs: 10 },
  };
  let child: ActorRef<Deed> | undefined;
  const middles: number[] = [];
  const middle = {
    ...doer((own) => {
      middles.push(middles.length);
      child = own.spawn('child', doer());
    }),
    supervision: strict,
  };
  const tree = growTree((ctx) => void ctx.spawn('middle', middle), strict);
  for (let failures = 1; failures <= 4; failures += 1) {
    child?.send(crash);
    tree.host.advance(20);
    assert.equal(middles.length, failures < 2 ? 1 : 2);
    assert.equal(tree.rootFailures.length, failures < 4 ? 0 : 1);
  }
  assert.match(String(tree.rootFailures[0]), /root\/middle failed more than 1 times; root gives up/);
  child?.send(crash);
  tree.host.advance(1_000);
  assert.equal(tree.rootFailures.length, 1);
});

test('children used up during the start of their parent fail that start', () => {
  const strict: Supervision = { ...patient, budget: { restarts: 0, withinMs: 1_000 } };
  const restless = doer((own) => own.stopSelf());
  const parent = { ...doer((own) => void own.spawn('restless', restless)), supervision: strict };
  const tree = growTree(() => {});
  let failure: unknown;
  tree.within((ctx) => {
    assert.throws(
      () => ctx.spawn('parent', parent),
      (error) => {
        failure = error;
        return error instanceof EscalatedFailure;
      },
    );
  });
  assert.ok(failure);
  assert.deepEqual(tree.census(), ['root']);
});
