import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { encodeObject, stamp } from './encode.ts';
import { KeyIndex } from './key-index.ts';
import { configMap } from './testing/running-store.ts';
import type { StoredObject } from './types.ts';

const key = fc.oneof(
  fc.constantFrom('/', '/registry', '/registry/pods', '/registry/pods/', '/registry/podsecurity/x'),
  fc
    .tuple(fc.constantFrom('pods', 'nodes'), fc.constantFrom('a', 'a-b', 'b'), fc.nat({ max: 30 }))
    .map(([kind, namespace, name]) => `/registry/${kind}/${namespace}/${name}`),
);
const prefix = fc.constantFrom('', '/', '/registry', '/registry/', '/registry/pods', '/registry/pods/');
const narrowPrefix = fc.constantFrom(
  '/registry/pods/a',
  '/registry/pods/a/',
  '/registry/pods/a/1',
  '/nothing/x/y',
);

function storedAt(at: string): StoredObject {
  return stamp(encodeObject(configMap('x')), at, 1);
}

test('listing a prefix gives what starts with it, in order of key, as a plain map would', () => {
  const step = fc.record({ key, remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.oneof(prefix, narrowPrefix), (steps, asked) => {
      const index = new KeyIndex();
      const model = new Map<string, StoredObject>();
      for (const { key: at, remove } of steps) {
        const stored = storedAt(at);
        if (remove) index.delete(at);
        else index.put(stored);
        if (remove) model.delete(at);
        else model.set(at, stored);
      }
      const expected = [...model.keys()].filter((each) => each.startsWith(asked)).sort();
      assert.deepEqual(
        index.list(asked).map((stored) => stored.key),
        expected,
      );
      assert.equal(index.size, model.size);
    }),
  );
});

test('thousands of one kind keep their order, whatever the order they come and go in', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat({ max: 4_000 })), (numbers) => {
      const index = new KeyIndex();
      const model = new Set<string>();
      for (const number of numbers.take(5_000)) {
        const at = `/registry/pods/default/${number}`;
        if (number % 3 === 0 && model.delete(at)) index.delete(at);
        else index.put(storedAt(at));
        if (index.get(at)) model.add(at);
      }
      assert.deepEqual(
        index.list('/registry/pods/default/').map((stored) => stored.key),
        [...model].sort(),
      );
    }),
    { numRuns: 5 },
  );
});
