import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DueWrites } from './http/due-writes.ts';
import { gatherInSlices } from './slices.ts';

/** A clock that each piece of work moves, and others' turns that are counted. */
function hostOf() {
  const host = {
    nowMs: 0,
    turns: 0,
    monotonic: () => host.nowMs,
    defer: (turn: () => void) => {
      host.turns += 1;
      setImmediate(turn);
    },
  };
  return host;
}

test('what takes long gives way to others every few milliseconds, and loses nothing by it', async () => {
  const host = hostOf();
  function* work(): Generator<number> {
    for (let part = 0; part < 30; part += 1) {
      host.nowMs += 1;
      yield part;
    }
  }
  assert.deepEqual(
    await gatherInSlices(work(), host),
    Array.from({ length: 30 }, (_, part) => part),
  );
  assert.equal(host.turns, 7);
});

test('what takes little is done at once', async () => {
  const host = hostOf();
  assert.deepEqual(await gatherInSlices(['a', 'b'], host), ['a', 'b']);
  assert.equal(host.turns, 0);
});

test('writes that are due at the same time are done in order, in slices, and those that come meanwhile too', async () => {
  const host = hostOf();
  const writes = new DueWrites();
  const written: number[] = [];
  const ended = Promise.withResolvers<void>();
  const write = (number: number) => (): void => {
    host.nowMs += 1;
    written.push(number);
    if (number === 3) writes.add(host, () => ended.resolve());
  };
  for (let number = 0; number < 12; number += 1) writes.add(host, write(number));
  assert.deepEqual(written, [], 'none within the turn in which it falls due');
  await ended.promise;
  assert.deepEqual(
    written,
    Array.from({ length: 12 }, (_, number) => number),
  );
  assert.equal(host.turns, 1 + 3);
  const again = Promise.withResolvers<void>();
  writes.add(host, () => again.resolve());
  await again.promise;
});
