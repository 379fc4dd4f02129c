import { takenPort } from '@bramble/protocol/placement/host-ports.ts';
import type { PodFacts } from './facts.ts';
import { matchesNodeAffinity, matchesNodeSelector } from './node-affinity.ts';
import type { Board } from './snapshot.ts';
import { untoleratedTaint } from './taints.ts';

/** Why a board cannot take a pod: the words of kube-scheduler, and what they mean on this board. */
export interface Refusal {
  readonly reason: string;
  readonly detail?: string;
}

/** Answers `undefined` when the board may take the pod. */
export type Filter = (pod: PodFacts, board: Board) => Refusal | undefined;

// One for all: thousands of boards may answer the same.
const notReady: Refusal = { reason: 'node(s) were not ready' };
const cordoned: Refusal = { reason: 'node(s) were unschedulable' };
const unlike: Refusal = { reason: "node(s) didn't match Pod's node affinity/selector" };

const ready: Filter = (_pod, board) => (board.facts.ready ? undefined : notReady);

const schedulable: Filter = (pod, board) => {
  if (!board.facts.unschedulable) return undefined;
  const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  if (!untoleratedTaint([taint], pod.spec.tolerations ?? [], ['NoSchedule'])) return undefined;
  return cordoned;
};

const affinity: Filter = (pod, board) => {
  if (
    matchesNodeSelector(pod.spec.nodeSelector, board.facts) &&
    matchesNodeAffinity(pod.spec.affinity, board.facts)
  )
    return undefined;
  return unlike;
};

const taints: Filter = (pod, board) => {
  const taint = untoleratedTaint(board.facts.taints, pod.spec.tolerations ?? [], ['NoSchedule', 'NoExecute']);
  return taint && { reason: `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}` };
};

const podCount: Filter = (_pod, board) =>
  board.usedPods + 1 > board.facts.allocatable.pods
    ? { reason: 'Too many pods', detail: `${board.facts.allocatable.pods} at most` }
    : undefined;

const cpu: Filter = (pod, board) => {
  const free = board.facts.allocatable.cpuMilli - board.usedCpuMilli;
  if (pod.requests.cpuMilli === 0 || pod.requests.cpuMilli <= free) return undefined;
  return {
    reason: 'Insufficient cpu',
    detail: `${pod.requests.cpuMilli}m asked, ${Math.max(0, free)}m free`,
  };
};

const memory: Filter = (pod, board) => {
  const free = board.facts.allocatable.memoryBytes - board.usedMemoryBytes;
  if (pod.requests.memoryBytes === 0 || pod.requests.memoryBytes <= free) return undefined;
  const mebibytes = (bytes: number): string => `${Math.max(0, Math.floor(bytes / 1_048_576))}Mi`;
  return {
    reason: 'Insufficient memory',
    detail: `${mebibytes(pod.requests.memoryBytes)} asked, ${mebibytes(free)} free`,
  };
};

const hostPorts: Filter = (pod, board) => {
  const taken = takenPort(pod.hostPorts, board.hostPorts);
  return (
    taken && { reason: "node(s) didn't have free ports for the requested pod ports", detail: taken.port }
  );
};

/** Go by what the board is. */
const standing: readonly Filter[] = [ready, schedulable, affinity, taints];
/** Go by what runs there. */
const room: readonly Filter[] = [podCount, cpu, memory, hostPorts];

/** The first filter that refuses gives the reason (guarantee G4). */
export function refusalOf(pod: PodFacts, board: Board): Refusal | undefined {
  return standingRefusalOf(pod, board) ?? roomRefusalOf(pod, board);
}

/** Holds for as long as neither the board nor what the pod asks for changes. */
export function standingRefusalOf(pod: PodFacts, board: Board): Refusal | undefined {
  return firstRefusal(standing, pod, board);
}

export function roomRefusalOf(pod: PodFacts, board: Board): Refusal | undefined {
  return firstRefusal(room, pod, board);
}

function firstRefusal(filters: readonly Filter[], pod: PodFacts, board: Board): Refusal | undefined {
  for (const filter of filters) {
    const refusal = filter(pod, board);
    if (refusal) return refusal;
  }
  return undefined;
}
