import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { BoardOrder } from './board-order.ts';
import type { Board } from './snapshot.ts';
import { board } from './testing/facts.ts';

function boardNumbered(index: number): Board {
  const facts = board(`b${index}`);
  return { facts, usedCpuMilli: 0, usedMemoryBytes: 0, usedPods: 0, hostPorts: [] };
}

test('whatever boards come and go, each has its turn in every round', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 40 }), { maxLength: 120, size: 'max' }),
      fc.nat({ max: 50 }),
      (steps, looks) => {
        const order = new BoardOrder();
        const present = new Map<number, Board>();
        for (const index of steps) {
          const known = present.get(index);
          if (known) assert.ok(order.remove(known) && present.delete(index));
          else {
            const added = boardNumbered(index);
            present.set(index, added);
            order.add(added);
          }
          if (order.size > 0) order.next();
        }
        assert.equal(order.size, present.size);
        for (let look = 0; look < looks && order.size > 0; look += 1) order.next();
        const round = Array.from({ length: order.size }, () => order.next());
        assert.deepEqual(new Set(round), new Set(present.values()));
      },
    ),
  );
});

test('those that stand side by side are not looked at one after the other', () => {
  const order = new BoardOrder();
  const boards = Array.from({ length: 1_000 }, (_, index) => boardNumbered(index));
  for (const one of boards) order.add(one);
  const looks = Array.from({ length: 100 }, () => boards.indexOf(order.next()));
  for (const quarter of [0, 1, 2, 3]) {
    const there = looks.filter((place) => Math.floor(place / 250) === quarter).length;
    assert.ok(there >= 20 && there <= 30, `${there} of 100 in quarter ${quarter}`);
  }
});
