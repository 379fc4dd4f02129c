import type { PodCondition } from '@bramble/protocol/schema/types.generated.ts';
import { timeOf } from './times.ts';

/** A condition before its transition time is known. */
export interface ConditionFact {
  readonly type: string;
  readonly status: boolean;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** When it came to be so, where that can be read off what outlives this agent: its next life says the same then (G5). */
  readonly sinceMs?: number | undefined;
}

/**
 * Keeps the transition time of what did not change. What did, changed when the facts say; else now, or, where no earlier
 * status is remembered, at the pod's beginning.
 */
export function conditionsOf(
  facts: readonly ConditionFact[],
  before: readonly PodCondition[] | undefined,
  beganMs: number,
  nowMs: number,
): PodCondition[] {
  return facts.map(({ type, status, reason, message, sinceMs }) => {
    const text = status ? 'True' : 'False';
    const previous = before?.find((condition) => condition.type === type);
    const kept = previous?.status === text ? previous.lastTransitionTime : undefined;
    const at = kept ?? timeOf(sinceMs ?? (previous ? nowMs : beganMs));
    return {
      type,
      status: text,
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
      lastTransitionTime: at,
    };
  });
}
