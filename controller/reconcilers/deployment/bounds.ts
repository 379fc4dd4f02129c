import { scaledValue } from '@bramble/protocol/workloads/int-or-percent.ts';
import type { DeploymentObject } from '../../workloads/objects.ts';

/** What a rolling update may do to the number of pods. */
export interface Bounds {
  readonly replicas: number;
  /** Pods at most, of all ReplicaSets. */
  readonly most: number;
  /** Available pods at least. */
  readonly least: number;
}

export function boundsOf({ spec }: DeploymentObject): Bounds {
  const replicas = spec.replicas ?? 1;
  if (spec.strategy?.type === 'Recreate') return { replicas, most: replicas, least: replicas };
  const { maxSurge, maxUnavailable } = spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, replicas, 'up');
  const rounded = scaledValue(maxUnavailable, replicas, 'down');
  // Two percentages that both round to nothing would leave no way forward.
  const missing = surge === 0 && rounded === 0 ? 1 : rounded;
  return { replicas, most: replicas + surge, least: Math.max(0, replicas - missing) };
}
