import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { eventName } from './event-name.ts';

const moment = fc.record({
  atMs: fc.integer({ min: 0, max: 4e12 }),
  serial: fc.integer({ min: 0, max: 999_999 }),
});

test('names of events sort as the events came', () => {
  fc.assert(
    fc.property(moment, moment, (one, other) => {
      const before = one.atMs < other.atMs || (one.atMs === other.atMs && one.serial < other.serial);
      assert.equal(
        eventName('web', one.atMs, one.serial) < eventName('web', other.atMs, other.serial),
        before,
      );
    }),
  );
});

test('a name is valid whatever the name of what it is about', () => {
  assert.match(eventName(`${'a'.repeat(219)}.b`, Date.UTC(2026, 0, 1), 7), /^a{219}\.[0-9a-f]{16}$/);
});
