import type { PodFacts } from './facts.ts';
import { preference } from './node-affinity.ts';
import type { Board } from './snapshot.ts';
import { untoleratedTaint } from './taints.ts';

/** A pod that asks for nothing still takes something; kube-scheduler counts these, too. */
const assumedCpuMilli = 100;
const assumedMemoryBytes = 200 * 1_048_576;

/**
 * How well a board suits a pod, 0 to about 3, larger is better: the share of the board that stays free once the pod is
 * there (least of CPU, memory and pods), the pod's own preferences, and no taint that asks to stay away.
 */
export function score(pod: PodFacts, board: Board): number {
  const { matched, all } = preference(pod.spec.affinity, board.facts);
  const wanted = all === 0 ? 0 : matched / all;
  const avoided = untoleratedTaint(board.facts.taints, pod.spec.tolerations ?? [], ['PreferNoSchedule'])
    ? 0
    : 1;
  return freeShare(pod, board) + wanted + avoided;
}

function freeShare(pod: PodFacts, board: Board): number {
  const { cpuMilli, memoryBytes, pods } = board.facts.allocatable;
  // Pods that asked for nothing are told apart by their count alone, so that they spread as well.
  const cpu = share(cpuMilli, board.usedCpuMilli + (pod.requests.cpuMilli || assumedCpuMilli));
  const memory = share(memoryBytes, board.usedMemoryBytes + (pod.requests.memoryBytes || assumedMemoryBytes));
  const count = share(pods, board.usedPods + 1);
  return 0.8 * Math.min(cpu, memory) + 0.2 * count;
}

function share(whole: number, used: number): number {
  return whole <= 0 ? 0 : Math.max(0, (whole - used) / whole);
}
