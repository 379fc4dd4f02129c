import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  backoffDelay,
  checkSupervision,
  defaultSupervision,
  restartGroup,
  type Supervision,
  withinBudget,
} from './supervision.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the back-off doubles up to its ceiling and is jittered to 50-100 %', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), random, (failures, drawn) => {
      const delay = backoffDelay(defaultSupervision, failures, drawn);
      const full = Math.min(10_000, 100 * 2 ** (failures - 1));
      assert.ok(delay >= full / 2 && delay <= full, `${delay} of ${full}`);
    }),
  );
});

test('failures count against the budget as long as its window', () => {
  const kept = withinBudget([0, 1, 40_000, 60_000], defaultSupervision, 60_000);
  assert.deepEqual(kept, [1, 40_000, 60_000]);
});

test('each strategy takes the siblings that its name says', () => {
  const children = ['a', 'b', 'c'];
  assert.deepEqual(restartGroup(children, 'b', 'one-for-one'), ['b']);
  assert.deepEqual(restartGroup(children, 'b', 'rest-for-one'), ['b', 'c']);
  assert.deepEqual(restartGroup(children, 'b', 'one-for-all'), ['a', 'b', 'c']);
});

test('a supervision that makes no sense is refused, naming the field', () => {
  const { budget, backoff } = defaultSupervision;
  const wrong: [string, Partial<Record<keyof Supervision, unknown>>][] = [
    ['strategy', { strategy: 'one-for-none' }],
    ['budget.restarts', { budget: { ...budget, restarts: -1 } }],
    ['budget.restarts', { budget: { ...budget, restarts: 1.5 } }],
    ['budget.withinMs', { budget: { ...budget, withinMs: 0 } }],
    ['backoff.firstMs', { backoff: { ...backoff, firstMs: Number.NaN } }],
    ['backoff.maxMs', { backoff: { firstMs: 10, maxMs: 5 } }],
  ];
  for (const [field, change] of wrong)
    assert.throws(() => checkSupervision({ ...defaultSupervision, ...change } as Supervision), {
      name: 'RangeError',
      message: new RegExp(`supervision\\.${field.replace('.', '\\.')} is `),
    });
  checkSupervision(defaultSupervision);
});
