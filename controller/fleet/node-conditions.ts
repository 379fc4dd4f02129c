import type { Host } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { memoryLimitsOff } from '@bramble/protocol/memory-limits.ts';
import type { NodeBirth } from '@bramble/protocol/messages/session.ts';
import type { NodeCondition, NodeStatus } from '@bramble/protocol/schema/types.generated.ts';
import { timestamp } from '../time.ts';

/** The Node with its conditions for a board whose link is up, or lost; unchanged (the same object) when nothing differs. */
export function withReadiness(
  node: KubeObject,
  { ready, silentMs }: { readonly ready: boolean; readonly silentMs: number },
  host: Pick<Host, 'now'>,
): KubeObject {
  const status = (node['status'] ?? {}) as { conditions?: readonly NodeCondition[] };
  const wanted = ready ? readyConditions : lostConditions;
  const now = timestamp(host);
  const heard = timestamp({ now: () => host.now() - silentMs });
  const before = new Map((status.conditions ?? []).map((condition) => [condition.type, condition]));
  const conditions = wanted.map((condition) => {
    const old = before.get(condition.type);
    const same = old?.status === condition.status && old.reason === condition.reason;
    return same ? old : { ...condition, lastHeartbeatTime: heard, lastTransitionTime: now };
  });
  if (conditions.every((condition) => before.get(condition.type) === condition)) return node;
  const others = (status.conditions ?? []).filter(
    ({ type }) => !wanted.some((condition) => condition.type === type),
  );
  return { ...node, status: { ...status, conditions: [...others, ...conditions] } };
}

/** How long nothing had been heard of the board when it was called lost; 0 where that is not known. */
export function silentBeforeMs(node: { readonly status?: NodeStatus }): number {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  const { lastHeartbeatTime = '', lastTransitionTime = '' } = ready ?? {};
  return Math.max(0, Date.parse(lastTransitionTime) - Date.parse(lastHeartbeatTime)) || 0;
}

const readyConditions: readonly NodeCondition[] = [
  { type: 'Ready', status: 'True', reason: 'AgentReady', message: 'the agent has its link and its runtime' },
];

const lostConditions: readonly NodeCondition[] = [
  {
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'the board has no link; what runs on it runs on',
  },
];

/** Of a board that can limit memory nothing is said, as of a kubelet's. */
export const memoryCondition = 'MemoryLimitsOff';

/** The Node with a condition where its board's kernel limits no container's memory; without one where it does. */
export function withMemoryCondition(
  node: KubeObject,
  { limitsMemory = true }: Pick<NodeBirth, 'limitsMemory'>,
  host: Pick<Host, 'now'>,
): KubeObject {
  const status = (node['status'] ?? {}) as NodeStatus;
  const all = status.conditions ?? [];
  const said = all.some(({ type }) => type === memoryCondition);
  if (said === !limitsMemory) return node;
  const others = all.filter(({ type }) => type !== memoryCondition);
  const now = timestamp(host);
  const off = {
    ...{ type: memoryCondition, status: 'True', reason: 'NoMemoryCgroups', message: memoryLimitsOff },
    ...{ lastHeartbeatTime: now, lastTransitionTime: now },
  };
  return { ...node, status: { ...status, conditions: limitsMemory ? others : [off, ...others] } };
}
