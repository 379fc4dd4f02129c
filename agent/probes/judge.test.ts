import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { emptyRow, judge, type Row, timingOf } from './judge.ts';

const thresholds = fc.record({
  successThreshold: fc.integer({ min: 1, max: 4 }),
  failureThreshold: fc.integer({ min: 1, max: 4 }),
});

test('a verdict is said exactly when the last outcomes, as many as the threshold, are all the same', () => {
  fc.assert(
    fc.property(thresholds, fc.array(fc.boolean(), { maxLength: 40 }), (probe, outcomes) => {
      let row: Row = emptyRow;
      for (const [index, passed] of outcomes.entries()) {
        const judged = judge(row, passed, probe);
        row = judged.row;
        const needed = passed ? probe.successThreshold : probe.failureThreshold;
        const last = outcomes.slice(Math.max(0, index + 1 - needed), index + 1);
        const enough = last.length === needed && last.every((each) => each === passed);
        assert.equal(judged.verdict, enough ? passed : undefined);
      }
    }),
  );
});

test('what a probe does not say is as Kubernetes has it; a zero is none', () => {
  const kubernetes = {
    initialDelaySeconds: 0,
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  };
  assert.deepEqual(timingOf({}), kubernetes);
  assert.deepEqual(timingOf({ periodSeconds: 0, timeoutSeconds: 0, failureThreshold: 0 }), kubernetes);
  assert.deepEqual(timingOf({ initialDelaySeconds: 4, periodSeconds: 2 }), {
    ...kubernetes,
    initialDelaySeconds: 4,
    periodSeconds: 2,
  });
});
