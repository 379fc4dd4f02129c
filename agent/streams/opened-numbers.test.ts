import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { OpenedNumbers } from './opened-numbers.ts';

test('a number is taken once at most, in whatever order the numbers come', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5_000 })), (numbers) => {
      const opened = new OpenedNumbers();
      const taken = numbers.filter((number) => opened.take('term', number));
      assert.equal(new Set(taken).size, taken.length);
      if (Math.max(...numbers) <= 1_024) assert.equal(taken.length, new Set(numbers).size);
    }),
  );
});

test('what is too old to be remembered is refused; a new term begins anew', () => {
  const opened = new OpenedNumbers();
  for (let number = 1; number <= 3_000; number += 1) assert.ok(opened.take('one', number));
  for (const number of [1, 1_000, 1_976, 1_977, 2_999, 3_000]) assert.ok(!opened.take('one', number));
  assert.ok(opened.take('one', 3_001));
  assert.ok(opened.take('two', 1));
});
