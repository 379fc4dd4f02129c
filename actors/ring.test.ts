import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Ring } from './ring.ts';

type Step = { do: 'push' } | { do: 'take' } | { do: 'takeAt'; at: number } | { do: 'replace'; at: number };

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ do: 'push' }) },
    { weight: 3, arbitrary: fc.constant<Step>({ do: 'take' }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('takeAt' as const), at: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), at: fc.nat() }) },
  ),
  { maxLength: 300, size: 'max' },
);

function perform(ring: Ring<number>, model: number[], step: Step, item: number): void {
  if (step.do === 'push') {
    ring.push(item);
    model.push(item);
  } else if (step.do === 'take') assert.equal(ring.take(), model.shift());
  else if (model.length === 0) assert.throws(() => ring.takeAt(0), RangeError);
  else if (step.do === 'replace') {
    ring.replace(step.at % model.length, item);
    model[step.at % model.length] = item;
  } else {
    const at = step.at % model.length;
    assert.equal(ring.takeAt(at), model[at]);
    model[at] = model[0] as number;
    model.shift();
  }
}

test('a ring does what an array does', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const ring = new Ring<number>();
      const model: number[] = [];
      run.forEach((step, item) => {
        perform(ring, model, step, item);
        assert.equal(ring.size, model.length);
      });
      while (model.length > 0) assert.equal(ring.take(), model.shift());
      assert.equal(ring.take(), undefined);
    }),
  );
});

test('a ring that was emptied after a burst works on', () => {
  const ring = new Ring<number>();
  for (let round = 0; round < 3; round += 1) {
    for (let item = 0; item < 5_000; item += 1) ring.push(item);
    for (let item = 0; item < 5_000; item += 1) assert.equal(ring.take(), item);
    assert.equal(ring.size, 0);
  }
});
