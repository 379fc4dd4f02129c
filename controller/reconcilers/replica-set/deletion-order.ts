import type { PodObject } from '../../workloads/objects.ts';
import { createdMs, isReady, readySinceMs, restartsOf } from '../../workloads/pod-facts.ts';

const costAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const phaseRanks: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** A pod and what else is compared of it. */
interface Candidate {
  readonly pod: PodObject;
  /** Pods of the same owner on its board: where there are many, one goes first. */
  readonly neighbours: number;
}

/**
 * The pods in the order in which they should go (Kubernetes' `ActivePodsWithRanks`): those that serve least, and among
 * those that serve equally the youngest.
 */
export function inDeletionOrder(pods: readonly PodObject[]): PodObject[] {
  const onBoard = new Map<string, number>();
  for (const { spec } of pods)
    if (spec.nodeName) onBoard.set(spec.nodeName, (onBoard.get(spec.nodeName) ?? 0) + 1);
  const candidates = pods.map((pod) => ({ pod, neighbours: onBoard.get(pod.spec.nodeName ?? '') ?? 0 }));
  return candidates.sort(compare).map(({ pod }) => pod);
}

function compare(one: Candidate, other: Candidate): number {
  for (const rule of rules) {
    const difference = rule(one) - rule(other);
    if (difference !== 0) return difference;
  }
  return one.pod.metadata.name < other.pod.metadata.name ? -1 : 1;
}

/** Each gives a number: the smaller goes first. */
const rules: readonly ((candidate: Candidate) => number)[] = [
  ({ pod }) => (pod.spec.nodeName ? 1 : 0),
  ({ pod }) => phaseRanks[pod.status?.phase ?? 'Pending'] ?? 0,
  ({ pod }) => (isReady(pod) ? 1 : 0),
  ({ pod }) => deletionCost(pod),
  ({ neighbours }) => -neighbours,
  ({ pod }) => -(readySinceMs(pod) ?? 0),
  ({ pod }) => -restartsOf(pod),
  ({ pod }) => -createdMs(pod),
];

function deletionCost({ metadata }: PodObject): number {
  const text = metadata.annotations?.[costAnnotation] ?? '';
  return /^[+-]?\d+$/.test(text) ? Number(text) : 0;
}
