import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { explain } from './explain.ts';
import type { BoardFacts, PodFacts } from './facts.ts';
import { placePod } from './plan.ts';
import { board, pod, snapshot } from './testing/facts.ts';

function refusal(podWanted: PodFacts, one: BoardFacts): string {
  const placement = placePod(podWanted, snapshot(one), 0);
  return placement.placed ? 'placed' : explain(placement.refusals);
}

test('each filter refuses with its reason', () => {
  const cases: [PodFacts, BoardFacts, RegExp | 'placed'][] = [
    [pod('p'), board('b'), 'placed'],
    [pod('p'), board('b', { ready: false }), /1 node\(s\) were not ready\. b: were not ready/],
    [pod('p'), board('b', { unschedulable: true }), /1 node\(s\) were unschedulable/],
    [
      pod('p', {}, { cpu: '5' }),
      board('b'),
      /1 Insufficient cpu\. b: Insufficient cpu \(5000m asked, 4000m free\)/,
    ],
    [pod('p', {}, { memory: '5Gi' }), board('b'), /1 Insufficient memory\..*5120Mi asked, 4096Mi free/],
    [pod('p'), board('b', { pods: '0' }), /1 Too many pods/],
    [
      pod('p', { nodeSelector: { 'kubernetes.io/arch': 'arm64' } }),
      board('b'),
      /didn't match Pod's node affinity/,
    ],
    [
      pod('p'),
      board('b', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] }),
      /untolerated taint \{k: v\}/,
    ],
    [pod('p'), board('b', { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] }), 'placed'],
    [
      pod('p', { tolerations: [{ key: 'k', operator: 'Exists' }] }),
      board('b', { taints: [{ key: 'k', value: 'v', effect: 'NoExecute' }] }),
      'placed',
    ],
  ];
  for (const [wanted, one, expected] of cases) {
    const answer = refusal(wanted, one);
    if (typeof expected === 'string') assert.equal(answer, expected);
    else assert.match(answer, expected);
  }
});

test('node affinity knows every operator of core/v1 NodeSelectorRequirement', () => {
  const affinity = (operator: string, values?: string[]): object => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'site', operator, values }] }],
        },
      },
    },
  });
  const at = (site?: string): BoardFacts => board('b', { labels: site === undefined ? {} : { site } });
  const cases: [string, string[] | undefined, string | undefined, boolean][] = [
    ['In', ['1', '2'], '2', true],
    ['In', ['1'], undefined, false],
    ['NotIn', ['1'], undefined, true],
    ['NotIn', ['1'], '1', false],
    ['Exists', undefined, 'x', true],
    ['DoesNotExist', undefined, 'x', false],
    ['Gt', ['3'], '4', true],
    ['Gt', ['3'], 'many', false],
    ['Lt', ['3'], '4', false],
  ];
  for (const [operator, values, site, placed] of cases)
    assert.equal(
      placePod(pod('p', affinity(operator, values)), snapshot(at(site)), 0).placed,
      placed,
      operator,
    );
});

test('host ports are free once per address', () => {
  const wanting = (name: string, hostPort: number, hostIP?: string): PodFacts =>
    pod(name, { containers: [{ name: 'a', image: 'x', ports: [{ containerPort: 80, hostPort, hostIP }] }] });
  const boards = snapshot(board('b'));
  boards.place(wanting('first', 8080, '10.0.0.1'), 'b');
  assert.equal(placePod(wanting('same', 8080), boards, 0).placed, false);
  assert.equal(placePod(wanting('other-address', 8080, '10.0.0.2'), boards, 0).placed, true);
  assert.equal(placePod(wanting('other-port', 8081), boards, 0).placed, true);
});

test('pods spread over equal boards, by free share and not by size', () => {
  const boards = snapshot(
    board('small', { cpu: '1', memory: '1Gi' }),
    board('large', { cpu: '4', memory: '8Gi' }),
  );
  const counts = new Map<string, number>();
  for (let index = 0; index < 8; index += 1) {
    const wanted = pod(`p${index}`, {}, { cpu: '100m', memory: '100Mi' });
    const placement = placePod(wanted, boards, 0);
    assert.ok(placement.placed);
    boards.place(wanted, placement.node);
    counts.set(placement.node, (counts.get(placement.node) ?? 0) + 1);
  }
  assert.ok((counts.get('large') ?? 0) > (counts.get('small') ?? 0));
  assert.ok((counts.get('small') ?? 0) >= 1);
});

test('a message for many boards stays within what an event holds', () => {
  const boards = snapshot(
    ...Array.from({ length: 500 }, (_, index) => board(`board-${index}`, { ready: false })),
  );
  const placement = placePod(pod('p'), boards, 0);
  assert.ok(!placement.placed);
  const message = explain(placement.refusals);
  assert.ok(message.length <= 1_024, String(message.length));
  assert.match(message, /^0\/500 nodes are available: 500 node\(s\) were not ready\..*and \d+ more$/);
});

test('G4: whatever comes and goes, no board is over-committed', () => {
  const request = fc.record({
    cpu: fc.integer({ min: 0, max: 3_000 }),
    memory: fc.integer({ min: 0, max: 3_000 }),
    leaves: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(request, { maxLength: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (requests, tie) => {
        const boards = snapshot(
          board('a', { pods: '5' }),
          board('b', { cpu: '2' }),
          board('c', { memory: '2Gi' }),
        );
        for (const [index, { cpu, memory, leaves }] of requests.entries()) {
          const wanted = pod(`p${index}`, {}, { cpu: `${cpu}m`, memory: `${memory}Mi` });
          const placement = placePod(wanted, boards, tie);
          if (placement.placed) boards.place(wanted, placement.node);
          if (leaves) boards.remove(`/registry/pods/default/p${Math.floor(index / 2)}`);
          for (const one of boards.boards.values()) {
            assert.ok(one.usedCpuMilli <= one.facts.allocatable.cpuMilli);
            assert.ok(one.usedMemoryBytes <= one.facts.allocatable.memoryBytes);
            assert.ok(one.usedPods <= one.facts.allocatable.pods && one.usedPods >= 0);
          }
        }
      },
    ),
  );
});
