import type { PodCondition } from '@bramble/protocol/schema/types.generated.ts';
import type { PodObject } from '../../workloads/objects.ts';
import { isFinished } from '../../workloads/pod-facts.ts';

/** Why a pod counts as not ready though its board never said so. */
export const lostReason = 'NodeNotReady';

/** A pod on a board that is lost, told as not ready; `undefined` where there is nothing to change. */
export function asLost(pod: PodObject, now: string): PodObject | undefined {
  if (isFinished(pod) || readyOf(pod)?.status !== 'True') return undefined;
  const message = 'its board has no link; what runs on it runs on';
  return withReady(pod, { status: 'False', reason: lostReason, message }, now);
}

/** A pod whose board is back, told as ready again, unless the board has said something else since. */
export function asFound(pod: PodObject, now: string): PodObject | undefined {
  if (isFinished(pod) || readyOf(pod)?.reason !== lostReason) return undefined;
  const containers = pod.status?.containerStatuses ?? [];
  return containers.every(({ ready }) => ready) ? withReady(pod, { status: 'True' }, now) : undefined;
}

function readyOf({ status }: PodObject): PodCondition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

function withReady(pod: PodObject, state: Omit<PodCondition, 'type'>, now: string): PodObject {
  const conditions = (pod.status?.conditions ?? []).map((condition) =>
    condition.type === 'Ready' ? { type: 'Ready', lastTransitionTime: now, ...state } : condition,
  );
  return { ...pod, status: { ...pod.status, conditions } };
}
