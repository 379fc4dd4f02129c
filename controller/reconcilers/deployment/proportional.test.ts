import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { proportionalSizes } from './proportional.ts';

const share = fc.record({
  replicas: fc.integer({ min: 1, max: 20 }),
  createdMs: fc.nat(10),
});

test('all ReplicaSets together have exactly the size that is allowed', () => {
  fc.assert(
    fc.property(
      fc.array(share, { minLength: 2, maxLength: 5 }),
      fc.nat(40),
      fc.nat(5),
      (given, replicas, surge) => {
        const mostThen = given.reduce((sum, one) => sum + one.replicas, 0);
        const shares = given.map((one, at) => ({ ...one, name: `rs-${at}`, mostThen }));
        const sizes = proportionalSizes({ replicas, most: replicas + surge, least: 0 }, shares);
        const whole = [...sizes.values()].reduce((sum, size) => sum + size, 0);
        assert.equal(whole, replicas === 0 ? 0 : replicas + surge);
        assert.ok([...sizes.values()].every((size) => size >= 0 && Number.isInteger(size)));
      },
    ),
  );
});

test('each grows by its share, and the largest takes what rounding leaves', () => {
  const shares = [
    { name: 'old', replicas: 8, mostThen: 13, createdMs: 1 },
    { name: 'new', replicas: 5, mostThen: 13, createdMs: 2 },
  ];
  // Kubernetes' own example: from ten replicas to fifteen, with a surge of three.
  const sizes = proportionalSizes({ replicas: 15, most: 18, least: 13 }, shares);
  assert.deepEqual([...sizes].sort(), [
    ['new', 7],
    ['old', 11],
  ]);
});
