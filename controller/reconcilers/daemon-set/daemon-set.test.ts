import assert from 'node:assert/strict';
import test from 'node:test';
import type { Taint } from '@bramble/protocol/schema/types.generated.ts';
import type { BoardFacts } from '../../scheduler/facts.ts';
import type { DaemonSetObject } from '../../workloads/objects.ts';
import { type PodIs, podThat } from '../../workloads/testing/pods.ts';
import { computeDaemonSet, revisionHashLabel } from './compute.ts';
import { boardOf, placementOn, specForBoard } from './placement.ts';

const nowMs = Date.parse('2026-01-01T01:00:00Z');

function board(name: string, more: Partial<BoardFacts> = {}): BoardFacts {
  const allocatable = { cpuMilli: 1, memoryBytes: 1, pods: 1 };
  return { name, allocatable, labels: {}, taints: [], unschedulable: false, ready: true, ...more };
}

function daemonSet(spec: object = {}, pod: object = {}): DaemonSetObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'default', uid: 'uid-agent', generation: 1 },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [], ...pod } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      ...spec,
    },
  };
}

function daemonPod(name: string, node: string, hash: string, is: PodIs = {}) {
  const labels = { app: 'web', [revisionHashLabel]: hash };
  return podThat(name, { node, ready: true, ...is, metadata: { labels } });
}

const names = (pods: readonly { readonly metadata: { readonly name: string } }[]): string[] =>
  pods.map(({ metadata }) => metadata.name);

test('every board that matches gets one pod, whatever is wrong with it; others get none', () => {
  const lost: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
  const away: Taint = { ...lost, effect: 'NoSchedule' };
  const own: Taint = { key: 'mine', effect: 'NoExecute' };
  const boards = [
    board('a', { labels: { disk: 'ssd' } }),
    board('cordoned', { labels: { disk: 'ssd' }, unschedulable: true }),
    board('other'),
    board('lost', { labels: { disk: 'ssd' }, taints: [away, lost] }),
    board('reserved', { labels: { disk: 'ssd' }, taints: [own] }),
  ];
  const pods = [
    daemonPod('stays', 'lost', 'h'),
    daemonPod('leaves', 'reserved', 'h'),
    daemonPod('strays', 'other', 'h'),
  ];
  const set = daemonSet({}, { nodeSelector: { disk: 'ssd' } });
  const { create, remove, status } = computeDaemonSet(set, boards, pods, 'h', nowMs);
  assert.deepEqual(create, ['a', 'cordoned']);
  assert.deepEqual(names(remove).sort(), ['leaves', 'strays']);
  assert.deepEqual([status.desiredNumberScheduled, status.numberMisscheduled], [2, 3]);
});

test('its pods are for one board alone, and stay there whatever befalls it', () => {
  const spec = specForBoard({ containers: [], nodeSelector: { a: 'b' } }, 'pi-1');
  assert.equal(boardOf(podThat('p', { spec })), 'pi-1');
  const lost: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
  assert.deepEqual(placementOn(board('pi-1', { taints: [lost] }), { containers: [] }), {
    runs: true,
    stays: true,
  });
});

test('of two on one board the one that runs stays; one that ended is replaced after a while', () => {
  const boards = [board('a'), board('b')];
  const pods = [
    daemonPod('first', 'a', 'h'),
    daemonPod('second', 'a', 'h', { created: '2026-01-01T00:10:00Z' }),
    daemonPod('ended', 'b', 'h', { phase: 'Failed', ready: false, created: '2026-01-01T00:59:55Z' }),
  ];
  const soon = computeDaemonSet(daemonSet(), boards, pods, 'h', nowMs);
  assert.deepEqual([names(soon.remove), soon.create, soon.lookAgainMs], [['second'], [], 5_000]);
  const later = computeDaemonSet(daemonSet(), boards, pods, 'h', nowMs + 5_000);
  assert.deepEqual(names(later.remove), ['second', 'ended']);
});

test('a new template goes from board to board, at most so many without the daemon', () => {
  const boards = ['a', 'b', 'c', 'd'].map((name) => board(name));
  const old = boards.map(({ name }) => daemonPod(`old-${name}`, name, 'h1'));
  const two = daemonSet({
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '50%' } },
  });
  assert.equal(computeDaemonSet(two, boards, old, 'h2', nowMs).remove.length, 2);
  const one = computeDaemonSet(daemonSet(), boards, old, 'h2', nowMs);
  assert.deepEqual(names(one.remove), ['old-a']);
  const onTheWay = [daemonPod('new-a', 'a', 'h2', { ready: false }), ...old.slice(1)];
  assert.deepEqual(computeDaemonSet(daemonSet(), boards, onTheWay, 'h2', nowMs).remove, []);
  const broken = [...old.slice(0, 3), daemonPod('broken', 'd', 'h1', { ready: false })];
  assert.deepEqual(names(computeDaemonSet(daemonSet(), boards, broken, 'h2', nowMs).remove), ['broken']);
  const byHand = daemonSet({ updateStrategy: { type: 'OnDelete' } });
  assert.deepEqual(computeDaemonSet(byHand, boards, old, 'h2', nowMs).remove, []);
});

test('a place is filled again only when the pod before it is gone', () => {
  const leaving = daemonPod('leaving', 'a', 'h', { deleting: true });
  const { create, remove } = computeDaemonSet(daemonSet(), [board('a')], [leaving], 'h', nowMs);
  assert.deepEqual([create, remove], [[], []]);
});
