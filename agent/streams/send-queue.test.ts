import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { SendQueue } from './send-queue.ts';

test('streams take turns, each in its own order, and no more than the window is under way', () => {
  const stream = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.record({ type: fc.constant('put' as const), stream, size: fc.integer({ min: 1, max: 50 }) }),
    fc.record({ type: fc.constant('sent' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new SendQueue(100);
      const put: { stream: string; payload: Uint8Array }[] = [];
      const taken: { stream: string; payload: Uint8Array }[] = [];
      let acknowledged = 0;
      const takeAll = () => {
        for (let next = queue.take(); next; next = queue.take()) taken.push(next);
      };
      for (const each of steps) {
        if (each.type === 'put') {
          const payload = new Uint8Array(each.size);
          put.push({ stream: each.stream, payload });
          queue.put(each.stream, payload);
        } else if (acknowledged < taken.length) {
          queue.sent(taken[acknowledged]?.payload.length ?? 0);
          acknowledged += 1;
        }
        takeAll();
        assert.ok(queue.underWayBytes < 150, 'the window, and what the last frame exceeds it by');
      }
      for (; acknowledged < taken.length; acknowledged += 1) {
        queue.sent(taken[acknowledged]?.payload.length ?? 0);
        takeAll();
      }
      assert.equal(taken.length, put.length);
      for (const name of ['a', 'b', 'c'])
        assert.deepEqual(
          taken.filter((one) => one.stream === name).map(({ payload }) => payload),
          put.filter((one) => one.stream === name).map(({ payload }) => payload),
        );
    }),
  );
});

test('a stream with much to say does not keep another waiting', () => {
  const queue = new SendQueue(10);
  for (let count = 0; count < 100; count += 1) queue.put('bulk', new Uint8Array(10));
  queue.put('typist', new Uint8Array(1));
  const order: string[] = [];
  for (let next = queue.take(); next && order.length < 3; next = queue.take()) {
    order.push(next.stream);
    queue.sent(next.payload.length);
  }
  assert.deepEqual(order, ['bulk', 'typist', 'bulk']);
});

test('what waited when the connection was lost is gone', () => {
  const queue = new SendQueue(10);
  queue.put('a', new Uint8Array(10));
  queue.take();
  queue.put('a', new Uint8Array(10));
  queue.clear();
  assert.deepEqual([queue.take(), queue.underWayBytes], [undefined, 0]);
});
