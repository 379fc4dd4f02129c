import type { Taint, Toleration } from '@bramble/protocol/schema/types.generated.ts';
import { tolerates } from '../../scheduler/taints.ts';

/**
 * How long a pod may stay in spite of a taint with the effect NoExecute: 0 when nothing tolerates it, `undefined` for
 * ever, else the shortest of the times that its tolerations name (Kubernetes' taint eviction).
 */
export function toleratedForMs(taint: Taint, tolerations: readonly Toleration[]): number | undefined {
  const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
  if (matching.length === 0) return 0;
  const seconds = matching
    .map(({ tolerationSeconds }) => tolerationSeconds)
    .filter((time) => time !== undefined);
  return seconds.length === 0 ? undefined : Math.max(0, Math.min(...seconds)) * 1_000;
}
