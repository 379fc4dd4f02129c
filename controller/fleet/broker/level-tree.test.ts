import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { matches } from './filters.ts';
import { LevelTree } from './level-tree.ts';

const topic = fc
  .array(fc.constantFrom('a', 'b', 'c', ''), { minLength: 1, maxLength: 4 })
  .map((l) => l.join('/'));
const filter = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', '', '+'), { maxLength: 3 }), fc.boolean())
  .filter(([levels, rest]) => levels.length > 0 || rest)
  .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'));

test('finds the filters that match a topic, and after removal no more', () => {
  fc.assert(
    fc.property(fc.array(filter), fc.array(filter), topic, (kept, removed, name) => {
      const tree = new LevelTree<string>();
      for (const one of [...kept, ...removed]) tree.add(one, one);
      for (const one of removed) tree.remove(one, one);
      const expected = new Set(kept.filter((one) => !removed.includes(one) && matches(one, name)));
      assert.deepEqual(new Set(tree.matchTopic(name)), expected);
    }),
    { numRuns: 2_000 },
  );
});

test('finds the topics that match a filter, each once', () => {
  fc.assert(
    fc.property(fc.uniqueArray(topic), filter, (names, wanted) => {
      const tree = new LevelTree<string>();
      for (const name of names) tree.add(name, name);
      assert.deepEqual(tree.matchFilter(wanted).sort(), names.filter((name) => matches(wanted, name)).sort());
    }),
    { numRuns: 2_000 },
  );
});

test('a look-up touches what matches, not what is stored', () => {
  const tree = new LevelTree<string>();
  const visited = { count: 0 };
  for (let i = 0; i < 5_000; i += 1) tree.add(`bramble/v1/fleet/pods/default/p${i}`, `p${i}`);
  const iterate = Map.prototype.values;
  Map.prototype.values = function (this: Map<unknown, unknown>) {
    visited.count += this.size;
    return iterate.call(this);
  } as typeof iterate;
  try {
    assert.equal(tree.matchFilter('bramble/v1/fleet/pods/default/p7').length, 1);
    assert.equal(tree.matchFilter('bramble/v1/fleet/nodes/+').length, 0);
    assert.equal(visited.count, 0);
    assert.equal(tree.matchFilter('bramble/v1/fleet/#').length, 5_000);
  } finally {
    Map.prototype.values = iterate;
  }
});
