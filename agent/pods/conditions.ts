import type { PodCondition } from '@bramble/protocol/schema/types.generated.ts';
import { timeOf } from './times.ts';

/** A condition before its transition time is known. */
export interface ConditionFact {
  readonly type: string;
  readonly status: boolean;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** When it came to be so, as far as the facts tell: what is shown when no earlier status is remembered. */
  readonly sinceMs: number;
}

/** Keeps the transition time of what did not change; what did, changed now. */
export function conditionsOf(
  facts: readonly ConditionFact[],
  before: readonly PodCondition[] | undefined,
  nowMs: number,
): PodCondition[] {
  return facts.map(({ type, status, reason, message, sinceMs }) => {
    const text = status ? 'True' : 'False';
    const previous = before?.find((condition) => condition.type === type);
    const kept = previous?.status === text ? previous.lastTransitionTime : undefined;
    const at = kept ?? timeOf(previous ? nowMs : sinceMs);
    return {
      type,
      status: text,
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
      lastTransitionTime: at,
    };
  });
}
