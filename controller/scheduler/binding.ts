import type { Host } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { PodCondition, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { timestamp } from '../time.ts';

/** The pod, bound to a board. */
export function bindingOf(pod: KubeObject, node: string, host: Host): KubeObject {
  const spec = { ...(pod['spec'] as object), nodeName: node };
  return withScheduled({ ...pod, spec }, { type: 'PodScheduled', status: 'True' }, host);
}

/** The pod, with the reason why no board can take it. */
export function unschedulableOf(pod: KubeObject, message: string, host: Host): KubeObject {
  return withScheduled(
    pod,
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
    host,
  );
}

function withScheduled(pod: KubeObject, condition: PodCondition, host: Host): KubeObject {
  const status = (pod['status'] ?? {}) as PodStatus;
  const old = status.conditions?.find(({ type }) => type === 'PodScheduled');
  const lastTransitionTime =
    old && old.status === condition.status ? old.lastTransitionTime : timestamp(host);
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  return {
    ...pod,
    status: {
      phase: 'Pending',
      ...status,
      conditions: [...others, { lastProbeTime: null, lastTransitionTime, ...condition }],
    },
  };
}
