import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type NoteBuckets, takeToken } from './note-limit.ts';

test('in any stretch of time no more of a reason is told than 25, and one for each five minutes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 200 }), (gaps) => {
      let buckets: NoteBuckets = new Map();
      let nowMs = 0;
      const told: number[] = [];
      for (const gap of gaps) {
        nowMs += gap;
        const taken = takeToken(buckets, 'Unhealthy', nowMs);
        if (!taken) continue;
        buckets = taken;
        told.push(nowMs);
      }
      for (const [index, from] of told.entries())
        for (const [count, until] of told.slice(index).entries())
          assert.ok(
            count + 1 <= 25 + (until - from) / 300_000 + 1e-6,
            `${count + 1} within ${until - from} ms`,
          );
    }),
  );
});

test('one reason takes nothing from another', () => {
  let buckets: NoteBuckets = new Map();
  let told = 0;
  for (let times = 0; times < 100; times += 1) {
    const taken = takeToken(buckets, 'Unhealthy', times);
    if (!taken) continue;
    buckets = taken;
    told += 1;
  }
  assert.equal(told, 25);
  assert.ok(takeToken(buckets, 'Killing', 100));
});
