import assert from 'node:assert/strict';
import test from 'node:test';
import { percentOf, scaledValue } from './int-or-percent.ts';
import { selectorMatches, selectorText } from './label-selector.ts';

test('a selector matches when all that it asks for holds; none matches nothing, an empty one everything', () => {
  const labels = { app: 'web', tier: 'front', constructor: 'x' };
  assert.equal(selectorMatches(undefined, labels), false);
  assert.equal(selectorMatches({}, labels), true);
  assert.equal(selectorMatches({ matchLabels: { app: 'web' } }, labels), true);
  assert.equal(selectorMatches({ matchLabels: { app: 'web', tier: 'back' } }, labels), false);
  const holds = (key: string, operator: string, values?: string[]) =>
    selectorMatches({ matchExpressions: [{ key, operator, ...(values && { values }) }] }, labels);
  assert.deepEqual(
    [
      holds('app', 'In', ['web', 'api']),
      holds('app', 'NotIn', ['api']),
      holds('none', 'NotIn', ['api']),
      holds('tier', 'Exists'),
      holds('none', 'DoesNotExist'),
    ],
    [true, true, true, true, true],
  );
  assert.deepEqual(
    [
      holds('none', 'In', ['x']),
      holds('app', 'DoesNotExist'),
      holds('toString', 'Exists'),
      holds('app', 'Like'),
    ],
    [false, false, false, false],
  );
});

test('a selector as kubectl takes it', () => {
  const matchExpressions = [
    { key: 'tier', operator: 'In', values: ['b', 'a'] },
    { key: 'old', operator: 'DoesNotExist' },
    { key: 'new', operator: 'Exists' },
    { key: 'x', operator: 'NotIn', values: ['y'] },
  ];
  const text = selectorText({ matchLabels: { app: 'web' }, matchExpressions });
  assert.equal(text, '!old,app=web,new,tier in (a,b),x notin (y)');
});

test('counts and shares of a whole', () => {
  assert.deepEqual([percentOf('25%'), percentOf('25'), percentOf(25)], [25, undefined, undefined]);
  assert.deepEqual(
    [scaledValue('25%', 10, 'up'), scaledValue('25%', 10, 'down'), scaledValue(4, 1, 'up')],
    [3, 2, 4],
  );
  assert.deepEqual([scaledValue('x', 10, 'up'), scaledValue(undefined, 10, 'up')], [0, 0]);
});
