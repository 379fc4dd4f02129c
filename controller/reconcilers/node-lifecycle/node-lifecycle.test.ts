import assert from 'node:assert/strict';
import test from 'node:test';
import type { Taint, Toleration } from '@bramble/protocol/schema/types.generated.ts';
import { keepaliveAnnotation } from '../../fleet/node-object.ts';
import type { NodeObject } from '../../workloads/objects.ts';
import { podThat } from '../../workloads/testing/pods.ts';
import { computeNode, doubtAfterMs, type NodeFacts } from './compute.ts';
import { hearingGraceMs, mayEvict } from './fleet-health.ts';
import { FleetReadiness } from './fleet-readiness.ts';
import { wantedTaints } from './lost-taints.ts';
import { lostReason } from './pod-readiness.ts';
import { PodsByNode } from './pods-by-node.ts';
import { TaintClock } from './taint-clock.ts';
import { toleratedForMs } from './toleration-time.ts';

const now = '2026-01-01T01:00:00Z';
const unreachable = 'node.kubernetes.io/unreachable';

function node(name: string, ready: string, taints: readonly Taint[] = []): NodeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { taints },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  };
}

const lost = (seconds?: number): Toleration => ({
  key: unreachable,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(seconds !== undefined && { tolerationSeconds: seconds }),
});

test('taints follow readiness, and those of others stay', () => {
  const own: Taint = { key: 'mine', effect: 'NoSchedule' };
  const away = wantedTaints(node('a', 'Unknown', [own]), true, now);
  assert.deepEqual(away, [
    own,
    { key: unreachable, effect: 'NoSchedule', timeAdded: now },
    { key: unreachable, effect: 'NoExecute', timeAdded: now },
  ]);
  const later = wantedTaints(node('a', 'Unknown', away), true, '2026-01-01T02:00:00Z');
  assert.ok(later.every((taint, at) => taint === away[at]));
  assert.deepEqual(wantedTaints(node('a', 'True', away), true, now), [own]);
  const held = wantedTaints(node('a', 'Unknown'), false, now);
  assert.deepEqual(
    held.map(({ effect }) => effect),
    ['NoSchedule'],
  );
});

test('most of the fleet silent together, or a controller that was away: nothing is held against a board', () => {
  const fleet = (silent: number, all: number) =>
    new FleetReadiness(
      Array.from({ length: all }, (_, at) => node(`b${at}`, at < silent ? 'Unknown' : 'True')),
    );
  assert.deepEqual(
    [fleet(0, 3), fleet(1, 1), fleet(1, 2), fleet(1, 3), fleet(2, 3), fleet(55, 100), fleet(56, 100)].map(
      ({ isDisrupted }) => isDisrupted,
    ),
    [false, true, false, false, true, false, true],
  );
  const may = (silent: number, hearingSinceMs: number | undefined, nowMs: number): boolean =>
    mayEvict(node('b0', 'Unknown'), fleet(silent, 3).counts, { hearingSinceMs, lostSinceMs: nowMs, nowMs });
  assert.equal(may(1, undefined, 1e9), false);
  assert.equal(may(1, 0, hearingGraceMs - 1), false);
  assert.equal(may(1, 0, hearingGraceMs), true);
  assert.equal(may(2, 0, hearingGraceMs), false);
});

test('a board with a long keepalive is given its time: to find its controller again, and for others to be missed too', () => {
  const others = [node('b1', 'True'), node('b2', 'True')];
  const may = (keepalive: number, hearingForMs: number, lostForMs: number): boolean => {
    const board = withKeepalive(node('b0', 'Unknown'), keepalive);
    const silence = { hearingSinceMs: -hearingForMs, lostSinceMs: -lostForMs, nowMs: 0 };
    return mayEvict(board, new FleetReadiness([board, ...others]).counts, silence);
  };
  assert.deepEqual([may(600, 1_799_999, 1e9), may(600, 1_800_000, 1e9)], [false, true]);
  assert.deepEqual([may(600, 1e9, 379_999), may(600, 1e9, 380_000)], [false, true]);
  assert.deepEqual([may(10, hearingGraceMs - 1, 1e9), may(10, hearingGraceMs, 0)], [false, true]);
});

function withKeepalive(board: NodeObject, seconds: number): NodeObject {
  const annotations = { [keepaliveAnnotation]: String(seconds) };
  return { ...board, metadata: { ...board.metadata, annotations } };
}

test('pods are doubted when their board is no agent that is started anew, and when it is clear that others are heard', () => {
  const doubtedAfterMs = (silentSeconds: number, keepalive: number): number | undefined => {
    const at = Date.parse('2026-01-01T00:59:00Z');
    const times = { lastTransitionTime: at, lastHeartbeatTime: at - silentSeconds * 1_000 };
    const told = Object.entries(times).map(([name, ms]) => [name, new Date(ms).toISOString()]);
    const conditions = [{ type: 'Ready', status: 'Unknown', ...Object.fromEntries(told) }];
    const facts = {
      ...{ pods: [podThat('a', { ready: true })], mayEvict: true, mayDoubt: true, lostSinceMs: 0, now },
      ...{ clock: new TaintClock(), monotonicMs: 0 },
    };
    const board = withKeepalive({ ...node('b', 'Unknown'), status: { conditions } }, keepalive);
    return computeNode({ ...facts, node: board }).lookAgainMs;
  };
  assert.equal(doubtedAfterMs(45, 30), doubtAfterMs);
  assert.equal(doubtedAfterMs(0, 30), doubtAfterMs);
  assert.equal(doubtedAfterMs(15, 9), 6_000);
  assert.equal(doubtedAfterMs(2, 9), doubtAfterMs - 2_000);
  assert.equal(doubtedAfterMs(900, 600), 400_000);
});

test('a pod may stay as long as the shortest of its tolerations says', () => {
  const taint: Taint = { key: unreachable, effect: 'NoExecute' };
  assert.equal(toleratedForMs(taint, []), 0);
  assert.equal(toleratedForMs(taint, [lost()]), undefined);
  assert.equal(toleratedForMs(taint, [lost(300), lost(20)]), 20_000);
  assert.equal(toleratedForMs(taint, [lost(-1)]), 0);
  assert.equal(toleratedForMs(taint, [{ operator: 'Exists' }]), undefined);
});

test('time counts only while something may be held against the board', () => {
  const taints: Taint[] = [{ key: unreachable, effect: 'NoExecute' }];
  const pods = [podThat('a', { ready: true, spec: { tolerations: [lost(300)] } })];
  const clock = new TaintClock();
  const facts: NodeFacts = {
    node: node('b', 'Unknown', taints),
    pods,
    mayEvict: true,
    mayDoubt: true,
    lostSinceMs: 0,
    clock,
    monotonicMs: 0,
    now,
  };
  const first = computeNode(facts);
  assert.deepEqual([first.evict, first.restate, first.lookAgainMs], [[], [], doubtAfterMs]);
  const doubting = computeNode({ ...facts, monotonicMs: doubtAfterMs });
  assert.equal(doubting.restate[0]?.status?.conditions?.[0]?.reason, lostReason);
  assert.equal(doubting.lookAgainMs, 300_000 - doubtAfterMs);
  assert.deepEqual(computeNode({ ...facts, monotonicMs: 299_999 }).evict, []);
  assert.deepEqual(computeNode({ ...facts, monotonicMs: 300_000 }).evict, pods);
  assert.deepEqual(computeNode({ ...facts, monotonicMs: 300_001, mayEvict: false }).evict, []);
  assert.deepEqual(computeNode({ ...facts, monotonicMs: 300_002 }).evict, []);
  assert.deepEqual(computeNode({ ...facts, monotonicMs: 600_002 }).evict, pods);
});

test('what a person taints is evicted at once, also while the fleet is silent; what ended is left alone', () => {
  const taints: Taint[] = [{ key: 'mine', effect: 'NoExecute' }];
  const pods = [podThat('a'), podThat('done', { phase: 'Succeeded' }), podThat('going', { deleting: true })];
  const facts = {
    node: node('b', 'True', taints),
    pods,
    mayEvict: false,
    mayDoubt: false,
    lostSinceMs: undefined,
  };
  const { evict } = computeNode({ ...facts, clock: new TaintClock(), monotonicMs: 0, now });
  assert.deepEqual(
    evict.map(({ metadata }) => metadata.name),
    ['a'],
  );
});

test('a board that is back has its pods told as ready again, unless they are not', () => {
  const away = {
    node: node('b', 'Unknown'),
    mayEvict: true,
    mayDoubt: true,
    lostSinceMs: -doubtAfterMs,
    monotonicMs: 0,
    now,
  };
  const clock = new TaintClock();
  const { restate } = computeNode({ ...away, clock, pods: [podThat('a', { ready: true })] });
  const [doubted] = restate;
  assert.ok(doubted);
  const back = { ...away, clock, node: node('b', 'True') };
  const [found] = computeNode({ ...back, pods: [doubted] }).restate;
  assert.equal(found?.status?.conditions?.[0]?.status, 'True');
  const broken = { name: 'main', image: '', imageID: '', ready: false, restartCount: 0 };
  const crashed = { ...doubted, status: { ...doubted.status, containerStatuses: [broken] } };
  assert.deepEqual(computeNode({ ...back, pods: [crashed] }).restate, []);
  assert.deepEqual(
    computeNode({ ...away, mayDoubt: false, clock, pods: [podThat('a', { ready: true })] }).restate,
    [],
  );
});

test('the fleet is counted as it changes, and tells when it is judged otherwise', () => {
  const fleet = new FleetReadiness([node('a', 'True'), node('b', 'True'), node('c', 'True')]);
  assert.equal(fleet.put('a', node('a', 'Unknown')), false);
  assert.equal(fleet.put('b', node('b', 'False')), true);
  assert.deepEqual([...fleet.lost], ['a', 'b']);
  assert.equal(fleet.put('b', node('b', 'Unknown')), false, 'it was lost before');
  const { status: _, ...neverHeard } = node('d', 'True');
  assert.equal(fleet.put('d', neverHeard), false, 'nobody has spoken for it yet');
  assert.deepEqual(fleet.counts, { lost: 2, heardOf: 3 });
  assert.equal(fleet.put('d', node('d', 'True')), true, 'half of four');
  assert.equal(fleet.put('d', undefined), true);
  assert.equal(fleet.put('a', undefined), true, 'half of two');
  assert.equal(fleet.put('b', node('b', 'True')), false);
  assert.deepEqual([fleet.counts, [...fleet.lost]], [{ lost: 0, heardOf: 2 }, []]);
});

test('pods are found by their board, wherever they went', () => {
  const pods = new PodsByNode();
  const onBoard = (nodeName?: string) => podThat('x', { spec: { nodeName } });
  for (const key of ['p', 'q']) pods.put(key, onBoard('a'));
  pods.put('r', onBoard());
  assert.deepEqual([...pods.on('a')], ['p', 'q']);
  pods.put('p', onBoard('b'));
  pods.put('q', undefined);
  assert.deepEqual([[...pods.on('a')], [...pods.on('b')]], [[], ['p']]);
});
