import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { KeyedQueue } from './keyed-queue.ts';

const backoff = { firstMs: 100, maxMs: 1_000 };
const done = { failed: false };

test('a key waits once, in the order in which it came', () => {
  const queue = new KeyedQueue(backoff);
  for (const key of ['a', 'b', 'a']) queue.add(key);
  assert.equal(queue.waiting, 2);
  assert.deepEqual([queue.take(0), queue.take(0), queue.take(0)], ['a', 'b', undefined]);
});

test('a key that changes while it is worked on is worked on again, and not twice at once', () => {
  const queue = new KeyedQueue(backoff);
  queue.add('a');
  queue.take(0);
  queue.add('a');
  queue.add('a');
  assert.equal(queue.take(0), undefined);
  queue.finish('a', done, 0, 0);
  assert.equal(queue.take(0), 'a');
  queue.finish('a', done, 0, 0);
  assert.equal(queue.dueInMs(0), undefined);
});

test('failures wait ever longer, up to a bound; a success or a change ends that', () => {
  const queue = new KeyedQueue(backoff);
  const delays: number[] = [];
  queue.add('a');
  for (let round = 0; round < 6; round += 1) {
    assert.equal(queue.take(1e6), 'a');
    queue.finish('a', { failed: true }, 0, 0.999_999);
    delays.push(Math.round(queue.dueInMs(0) ?? -1));
  }
  assert.deepEqual(delays, [100, 200, 400, 800, 1_000, 1_000]);
  assert.equal(queue.failuresOf('a'), 6);
  queue.add('a');
  assert.equal(queue.dueInMs(0), 0);
  queue.take(0);
  queue.finish('a', done, 0, 0);
  assert.equal(queue.failuresOf('a'), 0);
});

test('a key comes back when it asked to, or before when something changes', () => {
  const queue = new KeyedQueue(backoff);
  queue.add('a');
  queue.take(0);
  queue.finish('a', { failed: false, requeueAfterMs: 5_000 }, 10, 0);
  assert.equal(queue.take(5_009), undefined);
  assert.equal(queue.dueInMs(5_000), 10);
  assert.equal(queue.take(5_010), 'a');
});

test('a key that rests waits for its time, also when it is asked for; then it is due once', () => {
  const queue = new KeyedQueue(backoff);
  queue.add('a');
  queue.take(0);
  queue.finish('a', { failed: false, restMs: 20 }, 100, 0);
  queue.add('a');
  assert.equal(queue.take(110), undefined);
  queue.add('a');
  assert.equal(queue.take(119), undefined);
  queue.add('b');
  assert.deepEqual([queue.take(120), queue.take(120), queue.take(120)], ['b', 'a', undefined]);
});

/** What a history may do, and a plain account of what must be true. */
type Step = { readonly do: 'add' | 'take' | 'finish' | 'fail' | 'wait'; readonly key: string };

test('whatever happens, no key is lost and none is worked on twice at once', () => {
  const step = fc.record({
    do: fc.constantFrom('add', 'take', 'finish', 'fail', 'wait'),
    key: fc.constantFrom('a', 'b', 'c'),
  }) as fc.Arbitrary<Step>;
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      runHistory,
    ),
  );
});

function runHistory(steps: readonly Step[], random: number): void {
  const queue = new KeyedQueue(backoff);
  const owed = new Set<string>();
  const working = new Set<string>();
  let nowMs = 0;
  for (const { do: action, key } of steps) {
    if (action === 'add') {
      queue.add(key);
      owed.add(key);
    } else if (action === 'take') {
      const taken = queue.take(nowMs);
      if (taken === undefined) continue;
      assert.ok(!working.has(taken) && owed.has(taken), `${taken} was not owed, or is worked on already`);
      working.add(taken);
      owed.delete(taken);
    } else if (action === 'wait') nowMs += 300;
    else if (working.delete(key)) {
      queue.finish(key, { failed: action === 'fail', restMs: Math.floor(random * 500) }, nowMs, random);
      if (action === 'fail') owed.add(key);
    }
  }
  for (const key of working) queue.finish(key, done, nowMs, random);
  const left = new Set<string>();
  for (let key = queue.take(nowMs + 1e6); key !== undefined; key = queue.take(nowMs + 1e6)) left.add(key);
  assert.deepEqual([...left].sort(), [...owed].sort());
}
