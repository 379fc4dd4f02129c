import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { podFacts } from './facts.ts';
import { Snapshot } from './snapshot.ts';
import { board, pod } from './testing/facts.ts';

test('what a board is used is the sum of its pods, whatever comes, goes, moves and comes again', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const index = fc.nat({ max: 8 });
  const step = fc.oneof(
    fc.record({ type: fc.constant('board' as const), name, cpu: fc.constantFrom('2', '4') }),
    fc.record({ type: fc.constant('gone' as const), name }),
    fc.record({ type: fc.constant('place' as const), name, index, milli: fc.nat({ max: 900 }) }),
    fc.record({ type: fc.constant('remove' as const), index }),
    fc.record({ type: fc.constant('all' as const), name }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const boards = new Snapshot();
      const expected = new Map<string, { node: string; milli: number }>();
      for (const one of steps) {
        if (one.type === 'board') boards.putBoard(board(one.name, { cpu: one.cpu }));
        else if (one.type === 'gone') boards.removeBoard(one.name);
        else if (one.type === 'place') {
          const wanted = pod(`p${one.index}`, {}, { cpu: `${one.milli}m` });
          boards.place(wanted, one.name);
          expected.set(wanted.key, { node: one.name, milli: one.milli });
        } else if (one.type === 'remove') {
          const { key } = pod(`p${one.index}`);
          assert.equal(boards.remove(key), expected.get(key)?.node);
          expected.delete(key);
        } else {
          boards.removeAll(one.name, '/registry/pods/default/p1');
          for (const [key, { node }] of expected)
            if (node === one.name && key.startsWith('/registry/pods/default/p1')) expected.delete(key);
        }
        for (const [node, { usedCpuMilli, usedPods }] of boards.boards) {
          const there = [...expected.values()].filter((placed) => placed.node === node);
          assert.equal(
            usedCpuMilli,
            there.reduce((sum, { milli }) => sum + milli, 0),
          );
          assert.equal(usedPods, there.length);
        }
      }
    }),
  );
});

test('a write that leaves the containers alone costs no second reading of what they ask for', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'u' },
    spec: { containers: [{ name: 'a', image: 'x', resources: { requests: { cpu: '1' } } }] },
  };
  const key = '/registry/pods/default/p';
  const known = podFacts(key, object);
  const bound = podFacts(key, { ...object, spec: { ...object.spec, nodeName: 'b' } } as never, known);
  assert.equal(bound.requests, known.requests);
  assert.equal(bound.nodeName, 'b');
  const [container] = object.spec.containers;
  const grown = { ...container, resources: { requests: { cpu: '2' } } };
  const changed = podFacts(key, { ...object, spec: { containers: [grown] } } as never, known);
  assert.equal(changed.requests.cpuMilli, 2_000);
});
