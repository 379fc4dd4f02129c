import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from './token-bucket.ts';

test('a burst is free, then the rate holds', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
  bucket.take(5, 0);
  assert.equal(bucket.waitMs(0), 0);
  bucket.take(1, 0);
  assert.equal(bucket.waitMs(0), 100);
  assert.equal(bucket.waitMs(100), 0);
  assert.equal(bucket.waitMs(10_000), 0);
  bucket.take(6, 10_000);
  assert.equal(bucket.waitMs(10_000), 100);
});

test('who waits as told never exceeds burst plus rate', () => {
  const steps = fc.array(fc.record({ amount: fc.integer({ min: 1, max: 20 }), pauseMs: fc.nat(50) }));
  fc.assert(
    fc.property(steps, (taken) => {
      const bucket = new TokenBucket({ perSecond: 100, burst: 30 }, 0);
      let now = 0;
      let sum = 0;
      for (const { amount, pauseMs } of taken) {
        now += pauseMs + bucket.waitMs(now + pauseMs);
        bucket.take(amount, now);
        sum += amount;
        assert.ok(sum <= 30 + now / 10 + amount + 1e-6);
      }
    }),
  );
});
