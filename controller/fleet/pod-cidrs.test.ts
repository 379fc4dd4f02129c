import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { PodCidrs } from './pod-cidrs.ts';

test('whoever comes and goes, no two boards share addresses, and none is refused while a share is free', () => {
  const step = fc.record({
    board: fc.integer({ min: 0, max: 12 }).map((number) => `pi-${number}`),
    action: fc.constantFrom('allocate', 'release', 'reserve'),
    share: fc.integer({ min: 0, max: 7 }).map((number) => `10.1.${number}.0/24`),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const cidrs = new PodCidrs('10.1.0.0/21', 24);
      const model = new Map<string, string>();
      const of = (board: string): string[] =>
        [...model].filter(([, holder]) => holder === board).map(([share]) => share);
      for (const { board, action, share } of steps) {
        if (action === 'release') {
          cidrs.release(board);
          for (const one of of(board)) model.delete(one);
        } else if (action === 'reserve') {
          assert.equal(cidrs.reserve(board, share), (model.get(share) ?? board) === board);
          if (!model.has(share)) model.set(share, board);
        } else {
          const before = of(board);
          const given = cidrs.allocate(board);
          if (before.length === 0 && model.size < 8) assert.equal(given.length, 1);
          for (const one of given) {
            assert.equal(model.get(one) ?? board, board, `${one} is another's`);
            model.set(one, board);
          }
        }
        assert.deepEqual([...cidrs.of(board)].sort(), of(board).sort());
      }
    }),
  );
});

test('the first free share, within the range, from where the range begins', () => {
  const cidrs = new PodCidrs('10.42.7.9/16', 24);
  assert.deepEqual(cidrs.allocate('a'), ['10.42.0.0/24']);
  assert.deepEqual(cidrs.allocate('b'), ['10.42.1.0/24']);
  cidrs.release('a');
  assert.deepEqual(cidrs.allocate('c'), ['10.42.0.0/24']);
  const few = new PodCidrs('192.168.8.0/23', 24);
  assert.deepEqual(
    ['a', 'b', 'c'].flatMap((board) => few.allocate(board)),
    ['192.168.8.0/24', '192.168.9.0/24'],
  );
});

test('what is no range is refused', () => {
  for (const range of [
    '',
    '10.42.0.0',
    '10.42.0.0/25',
    '10.42.0.0/7',
    '10.256.0.0/16',
    'fd00::/48',
    '1.2.3.4/16x',
  ])
    assert.throws(() => new PodCidrs(range, 24), RangeError, range);
});
