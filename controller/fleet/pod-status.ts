import { canonicalJson } from '@bramble/protocol/digest.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { PodCondition } from '@bramble/protocol/schema/types.generated.ts';

type Conditions = { readonly conditions?: readonly PodCondition[] };

/** Conditions that the controller writes; a board has no say in them. */
const controllerConditions = new Set(['PodScheduled', 'DisruptionTarget']);

/** The pod with the status that its board reports; the same object when nothing changed. */
export function mergeStatus(pod: KubeObject, reported: Readonly<Record<string, unknown>>): KubeObject {
  const before = (pod['status'] ?? {}) as Conditions & Record<string, unknown>;
  const own = (before.conditions ?? []).filter(({ type }) => controllerConditions.has(type));
  const theirs = ((reported as Conditions).conditions ?? [])
    .filter(({ type }) => !controllerConditions.has(type))
    .map((condition) => sinceLater(condition, before.conditions));
  const status: Record<string, unknown> = { ...reported, conditions: [...own, ...theirs] };
  if (before['qosClass'] !== undefined) status['qosClass'] = before['qosClass'];
  status['phase'] ??= before['phase'] ?? 'Pending';
  // A finished pod stays finished, as it finished, whatever comes late.
  if (isFinal(before['phase']) && status['phase'] !== before['phase']) return pod;
  return canonicalJson(before) === canonicalJson(status) ? pod : { ...pod, status };
}

/**
 * What the store shows as before has not changed since then. A board that was lost and comes back says since when it thinks so, and
 * the store would be written once more for each of its pods, after it was for their coming back.
 */
function sinceLater(said: PodCondition, shown: readonly PodCondition[] = []): PodCondition {
  const before = shown.find(({ type }) => type === said.type);
  const isLater = (before?.lastTransitionTime ?? '') > (said.lastTransitionTime ?? '');
  return before && before.status === said.status && isLater
    ? { ...said, lastTransitionTime: before.lastTransitionTime }
    : said;
}

function isFinal(phase: unknown): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
