import type { PodSpec, Toleration } from '@bramble/protocol/schema/types.generated.ts';
import type { BoardFacts } from '../../scheduler/facts.ts';
import { matchesNodeAffinity, matchesNodeSelector } from '../../scheduler/node-affinity.ts';
import { untoleratedTaint } from '../../scheduler/taints.ts';
import type { PodObject } from '../../workloads/objects.ts';

/** What may be wrong with a board and must not keep a daemon from it (Kubernetes' `AddOrUpdateDaemonPodTolerations`). */
const automatic: readonly (readonly [key: string, effect: string])[] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'],
  ['node.kubernetes.io/unreachable', 'NoExecute'],
  ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['node.kubernetes.io/unschedulable', 'NoSchedule'],
];
const onHostNetwork = ['node.kubernetes.io/network-unavailable', 'NoSchedule'] as const;

/** The tolerations of a daemon's pods: its own, and those that every daemon has. */
export function daemonTolerations(spec: PodSpec): readonly Toleration[] {
  const added = spec.hostNetwork === true ? [...automatic, onHostNetwork] : automatic;
  const own = (spec.tolerations ?? []).filter(
    ({ key, effect }) => !added.some(([taint, kind]) => taint === key && kind === effect),
  );
  return [...own, ...added.map(([key, effect]) => ({ key, operator: 'Exists', effect }))];
}

export interface Placement {
  /** A pod belongs there. */
  readonly runs: boolean;
  /** One that is there already may stay. */
  readonly stays: boolean;
}

/** Whether a board should have the daemon's pod (Kubernetes' `NodeShouldRunDaemonPod`). */
export function placementOn(board: BoardFacts, spec: PodSpec): Placement {
  const named = !spec.nodeName || spec.nodeName === board.name;
  const chosen = matchesNodeSelector(spec.nodeSelector, board) && matchesNodeAffinity(spec.affinity, board);
  if (!named || !chosen) return { runs: false, stays: false };
  const tolerations = daemonTolerations(spec);
  const taints = [...board.taints];
  if (untoleratedTaint(taints, tolerations, ['NoExecute'])) return { runs: false, stays: false };
  return { runs: untoleratedTaint(taints, tolerations, ['NoSchedule']) === undefined, stays: true };
}

/** The pod's spec, for this board and no other: the scheduler puts it there when there is room. */
export function specForBoard(spec: PodSpec, node: string): PodSpec {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  const nodeAffinity = {
    ...spec.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
  };
  return { ...spec, affinity: { ...spec.affinity, nodeAffinity }, tolerations: daemonTolerations(spec) };
}

/** The board that a daemon's pod is on, or was made for. */
export function boardOf({ spec }: PodObject): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.length === 1 ? (terms[0]?.matchFields ?? []) : [];
  return fields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In')?.values?.[0];
}
