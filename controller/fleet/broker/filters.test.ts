import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { covers, isFilter, isTopic, matches } from './filters.ts';

const level = fc.constantFrom('a', 'b', '');
const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
const filter = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', '', '+'), { maxLength: 4 }), fc.boolean())
  .filter(([levels, rest]) => levels.length > 0 || rest)
  .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'));

test('the examples of MQTT 3.1.1 §4.7', () => {
  const yes: [string, string][] = [
    ['sport/#', 'sport'],
    ['sport/#', 'sport/tennis/player1'],
    ['sport/+', 'sport/'],
    ['+/+', '/finance'],
    ['/+', '/finance'],
    ['+', 'finance'],
  ];
  const no: [string, string][] = [
    ['+', '/finance'],
    ['sport/+', 'sport'],
    ['sport/+', 'sport/a/b'],
    ['sport', 'sport/a'],
  ];
  for (const [f, t] of yes) assert.ok(matches(f, t), `${f} ${t}`);
  for (const [f, t] of no) assert.ok(!matches(f, t), `${f} ${t}`);
});

test('a filter that is covered matches nothing beyond what covers it', () => {
  fc.assert(
    fc.property(filter, filter, topic, (allowed, asked, name) => {
      if (covers(allowed, asked) && matches(asked, name)) assert.ok(matches(allowed, name));
    }),
    { numRuns: 5_000 },
  );
});

test('a filter that is not covered matches something beyond', () => {
  // `z` stands for the levels that no allowed filter names.
  const names: string[] = ['a', 'b', '', 'z'];
  const topics = [1, 2, 3, 4, 5].flatMap((depth) => product(names, depth));
  fc.assert(
    fc.property(filter, filter, (allowed, asked) => {
      // `+/#` and `#` match the same; nothing of ours is allowed either, so `covers` need not know.
      fc.pre(asked !== '#' || allowed === '#');
      const beyond = topics.some((name) => matches(asked, name) && !matches(allowed, name));
      assert.equal(covers(allowed, asked), !beyond);
    }),
    { numRuns: 300 },
  );
});

test('what is a topic or a filter, and what is neither', () => {
  for (const good of ['a', 'a/b', '/', 'a/+/b', '+', '#', 'a/#']) assert.ok(isFilter(good, 10, 4), good);
  for (const bad of ['', 'a/#/b', 'a#', 'a+', '+a/b', 'a/b#', 'a\0', 'é'.repeat(6), 'a/b/c/d/e'])
    assert.ok(!isFilter(bad, 10, 4), bad);
  assert.ok(isTopic('a/b', 10, 4));
  assert.ok(!isTopic('a/+', 10, 4) && !isTopic('#', 10, 4));
});

function product(names: readonly string[], depth: number): string[] {
  if (depth === 0) return [''];
  if (depth === 1) return [...names];
  return product(names, depth - 1).flatMap((head) => names.map((name) => `${head}/${name}`));
}
