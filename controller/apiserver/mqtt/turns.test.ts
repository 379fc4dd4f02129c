import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from './turns.ts';

const bounds = { underWay: 2, entries: 6, bytes: 100, entriesOfOne: 4, bytesOfOne: 60 };

test('G8 who asks for much waits for himself: one of each user after the other', () => {
  const turns = new Turns<string>({ ...bounds, underWay: 10 });
  for (const work of ['a1', 'a2', 'a3']) turns.add('ada', work, 1);
  const order = [turns.next()?.work];
  turns.add('bob', 'b1', 1);
  for (let turn = 0; turn < 3; turn += 1) order.push(turns.next()?.work);
  assert.deepEqual(order, ['a1', 'a2', 'b1', 'a3']);
  assert.equal(turns.next(), undefined);
});

test('G8 entries and bytes are bounded, of one user and of all, and given back', () => {
  const turns = new Turns<string>(bounds);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((each) => turns.add('ada', `a${each}`, 5)),
    [true, true, true, true, false],
  );
  assert.equal(turns.add('bob', 'large', 61), false);
  assert.deepEqual([turns.add('bob', 'b1', 60), turns.add('eve', 'e1', 30)], [true, false]);
  assert.deepEqual([turns.add('eve', 'e2', 1), turns.add('eve', 'e3', 1)], [true, false]);
  const first = turns.next();
  turns.next();
  assert.equal(turns.next(), undefined, 'so many are under way');
  first?.done();
  assert.equal(turns.add('eve', 'e3', 1), true);
  assert.ok(turns.next());
});
