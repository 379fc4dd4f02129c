import assert from 'node:assert/strict';
import test from 'node:test';
import type { PodFacts } from './facts.ts';
import { placePod } from './plan.ts';
import type { Snapshot } from './snapshot.ts';
import { board, pinned, pod, preferring, snapshot } from './testing/facts.ts';

const small = { cpu: '100m', memory: '64Mi' };

function fleet(count: number, labelled = 0): Snapshot {
  const boards = Array.from({ length: count }, (_, index) =>
    board(`b${index}`, index < labelled ? { labels: { disk: 'ssd' } } : {}),
  );
  return snapshot(...boards);
}

function placeAll(boards: Snapshot, pods: readonly PodFacts[]): string[] {
  return pods.map((wanted, index) => {
    const placement = placePod(wanted, boards, (index * 0.618) % 1);
    assert.ok(placement.placed, wanted.name);
    boards.place(wanted, placement.node);
    return placement.node;
  });
}

const numbered = (count: number, spec: object = {}): PodFacts[] =>
  Array.from({ length: count }, (_, index) => pod(`p${index}`, spec, small));

test('pods spread over thousands of equal boards almost as if all had been looked at for each', () => {
  const boards = fleet(2_000);
  placeAll(boards, numbered(10_000));
  const counts = [...boards.boards.values()].map(({ usedPods }) => usedPods);
  assert.ok(Math.max(...counts) <= 6, `five each were even: ${Math.max(...counts)} at most`);
  assert.ok(Math.min(...counts) >= 4, `${Math.min(...counts)} at least`);
});

test('the same pods go to the same boards in every run', () => {
  const [first, second] = [placeAll(fleet(1_000), numbered(500)), placeAll(fleet(1_000), numbered(500))];
  assert.deepEqual(first, second);
});

test('the one board of thousands that has room is found', () => {
  const boards = fleet(3_000);
  for (let index = 0; index < 3_000; index += 1)
    if (index !== 1_234) boards.place(pod(`full${index}`, {}, { cpu: '4' }), `b${index}`);
  const placement = placePod(pod('last', {}, small), boards, 0);
  assert.deepEqual(placement, { placed: true, node: 'b1234' });
});

test('few boards that a pod prefers are found among thousands', () => {
  const nodes = placeAll(fleet(3_000, 30), numbered(100, preferring('disk', 'ssd')));
  const preferred = nodes.filter((node) => Number(node.slice(1)) < 30);
  assert.equal(preferred.length, 100);
});

test("a DaemonSet's pod goes to its board, and says of all others why not where that refuses", () => {
  const boards = fleet(200);
  assert.deepEqual(placePod(pod('p', pinned('b77')), boards, 0), { placed: true, node: 'b77' });
  const refused = placePod(pod('p', pinned('b77'), { cpu: '9' }), boards, 0);
  assert.ok(!refused.placed);
  assert.equal(refused.refusals.size, 200);
  assert.equal(refused.refusals.get('b77')?.reason, 'Insufficient cpu');
  assert.ok(!placePod(pod('p', pinned('gone')), boards, 0).placed);
});
