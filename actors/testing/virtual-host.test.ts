import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { VirtualHost } from './virtual-host.ts';

test('timers fire by time, then in the order they were set; cancelled ones never', () => {
  const plans = fc.array(fc.record({ delayMs: fc.nat({ max: 20 }), cancelled: fc.boolean() }), {
    maxLength: 100,
  });
  fc.assert(
    fc.property(plans, (plan) => {
      const host = new VirtualHost();
      const fired: { id: number; atMs: number }[] = [];
      const cancels = plan.map(({ delayMs }, id) =>
        host.timer(delayMs, () => fired.push({ id, atMs: host.monotonic() })),
      );
      for (const [id, { cancelled }] of plan.entries()) if (cancelled) cancels[id]?.();
      host.advance(20);
      const expected = plan
        .map(({ delayMs, cancelled }, id) => ({ id, atMs: delayMs, cancelled }))
        .filter(({ cancelled }) => !cancelled)
        .sort((one, other) => one.atMs - other.atMs || one.id - other.id)
        .map(({ id, atMs }) => ({ id, atMs }));
      assert.deepEqual(fired, expected);
      assert.equal(host.timers, 0);
    }),
  );
});

test('the clock stands still unless moved, and stops at what is due on the way', () => {
  const host = new VirtualHost({ startMs: 1_000 });
  const seen: number[] = [];
  host.timer(5, () => host.timer(5, () => seen.push(host.now())));
  host.runUntilIdle();
  assert.deepEqual([host.now(), host.nextInMs, seen], [1_000, 5, []]);
  host.advance(100);
  assert.deepEqual([host.now(), host.nextInMs, seen], [1_100, undefined, [1_010]]);
  host.jumpWallClock(-600);
  assert.deepEqual([host.now(), host.monotonic()], [500, 100]);
});

test('step does one thing, deferred work before timers', () => {
  const host = new VirtualHost();
  const done: string[] = [];
  host.timer(0, () => done.push('timer'));
  host.defer(() => done.push('deferred'));
  assert.equal(host.step(), true);
  assert.deepEqual(done, ['deferred']);
  assert.equal(host.step(), true);
  assert.equal(host.step(), false);
  assert.deepEqual(done, ['deferred', 'timer']);
});

test('settle and elapse let promises go on at the time of the step that resolved them', async () => {
  const host = new VirtualHost();
  const seen: number[] = [];
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void host.timer(ms, resolve));
  const work = async (): Promise<void> => {
    for (let lap = 0; lap < 3; lap += 1) {
      await sleep(10);
      seen.push(host.monotonic());
    }
  };
  const finished = work();
  await host.settle();
  assert.deepEqual(seen, []);
  await host.elapse(30);
  await finished;
  assert.deepEqual(seen, [10, 20, 30]);
});

test('the same seed draws the same numbers and turns; another seed others', () => {
  const draw = (seed: number): number[] => {
    const host = new VirtualHost({ seed, randomTurns: true });
    return Array.from({ length: 50 }, () => [host.random(), host.nextTurn(1_000)]).flat();
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  for (const turn of draw(7)) assert.ok(turn >= 0 && turn < 1_000);
});

test('a run that never rests, and stepping from within a step, are refused', () => {
  const host = new VirtualHost({ maxStepsAtOnce: 100 });
  const again = (): void => host.defer(again);
  again();
  assert.throws(() => host.runUntilIdle(), /100 steps at 0 ms/);
  const other = new VirtualHost();
  other.defer(() => other.step());
  other.defer(() => {});
  assert.throws(() => other.runUntilIdle(), /from within one of its own steps/);
});
