import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { BoardFacts } from './facts.ts';
import { standingRefusalOf } from './filters.ts';
import { Snapshot } from './snapshot.ts';
import { board, pod, requiring } from './testing/facts.ts';

const kinds = [
  pod('any'),
  pod('picky', { nodeSelector: { zone: 'a' } }),
  pod('zones', requiring('zone', 'a', 'b')),
  pod('tolerant', { tolerations: [{ operator: 'Exists' }] }),
];

const facts: fc.Arbitrary<BoardFacts> = fc
  .record({
    name: fc.integer({ min: 0, max: 12 }),
    zone: fc.constantFrom('a', 'b', 'c'),
    ready: fc.boolean(),
    unschedulable: fc.boolean(),
    tainted: fc.boolean(),
  })
  .map(({ name, zone, ready, unschedulable, tainted }) =>
    board(`b${name}`, {
      labels: { zone },
      ready,
      unschedulable,
      taints: tainted ? [{ key: 'k', effect: 'NoSchedule' }] : [],
    }),
  );

test('what is remembered of boards is what a look at all of them would find', () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('put' as const), facts }),
    fc.record({ type: fc.constant('remove' as const), name: fc.integer({ min: 0, max: 12 }) }),
    fc.record({ type: fc.constant('ask' as const), kind: fc.nat({ max: kinds.length - 1 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const boards = new Snapshot();
      for (const one of steps) {
        if (one.type === 'put') boards.putBoard(one.facts);
        else if (one.type === 'remove') boards.removeBoard(`b${one.name}`);
        else {
          const kind = kinds[one.kind] as (typeof kinds)[number];
          const expected = [...boards.boards.values()].filter((each) => !standingRefusalOf(kind, each));
          assert.deepEqual(new Set(boards.eligible(kind).all), new Set(expected));
        }
      }
    }),
  );
});

test('what is remembered is bounded, however many kinds of pods come', () => {
  const boards = new Snapshot();
  for (let index = 0; index < 1_000; index += 1) boards.putBoard(board(`b${index}`));
  const orders = Array.from({ length: 200 }, (_, index) =>
    boards.eligible(pod('p', { tolerations: [{ key: `k${index}`, operator: 'Exists' }] })),
  );
  boards.removeBoard('b7');
  const kept = orders.filter(({ size }) => size === 999);
  assert.ok(kept.length > 0 && kept.length <= 100, `${kept.length} are kept up to date`);
  assert.equal(kept.at(-1), orders.at(-1), 'the newest among them');
});
