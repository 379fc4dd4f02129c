import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { encodeObject, stamp } from './encode.ts';
import { EventWindow } from './event-window.ts';
import { configMap } from './testing/running-store.ts';

test('G2 the window gives every event after a revision, or says that it cannot', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat({ max: 5 }), gaps, (capacity, start, steps) => {
      const window = new EventWindow(capacity, start);
      const pushed: number[] = [];
      for (const step of steps) {
        const revision = (pushed.at(-1) ?? start) + step;
        pushed.push(revision);
        const stored = stamp(encodeObject(configMap('x')), '/x', revision);
        window.push({ type: 'added', stored, previous: undefined });
      }
      const forgotten = pushed.slice(0, Math.max(0, pushed.length - capacity));
      assert.equal(window.floor, forgotten.at(-1) ?? start);
      for (let from = 0; from <= (pushed.at(-1) ?? start); from += 1) {
        const expected = from < window.floor ? undefined : pushed.filter((revision) => revision > from);
        assert.deepEqual(
          window.after(from)?.map(({ stored }) => stored.revision),
          expected,
        );
      }
    }),
  );
});
