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
      const window = new EventWindow({ events: capacity, bytes: 1_000_000 }, start);
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

test('G8 the window forgets what is beyond its bytes, however few events that leaves', () => {
  const bytes = 10_000;
  const window = new EventWindow({ events: 1_000, bytes }, 0);
  const fill = fc.sample(fc.integer({ min: 10, max: 4_000 }), { numRuns: 200, seed: 7 });
  let previous: ReturnType<typeof stamp> | undefined;
  for (const [index, length] of [...fill, 2 * bytes, 50].entries()) {
    const stored = stamp(encodeObject(configMap('x', { text: 'y'.repeat(length) })), '/x', index + 1);
    const own = stored.json.length + (previous?.json.length ?? 0);
    window.push({ type: 'modified', stored, previous });
    previous = stored;
    const held = window.after(window.floor) ?? [];
    const size = held.reduce(
      (sum, event) => sum + event.stored.json.length + (event.previous?.json.length ?? 0),
      0,
    );
    assert.ok(size <= bytes, `${size} bytes are held`);
    assert.equal(window.floor + held.length, index + 1, 'none between is missing');
    assert.ok(held.length > 0 || own > bytes, 'nothing is forgotten without need');
  }
});
