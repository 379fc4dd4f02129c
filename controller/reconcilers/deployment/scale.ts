import type { DeploymentObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { countIn, desiredAnnotation, maxAnnotation } from './annotations.ts';
import type { Bounds } from './bounds.ts';
import { proportionalSizes } from './proportional.ts';
import type { Sizes } from './rolling-update.ts';

/**
 * New sizes when the Deployment is scaled, without a step of a rollout (Kubernetes' `scale`). A ReplicaSet that is named
 * with the size that it has is to be marked as sized: else the same change would be seen again and again.
 */
export function scaledSizes(
  deployment: DeploymentObject,
  newest: ReplicaSetObject | undefined,
  old: readonly ReplicaSetObject[],
  bounds: Bounds,
): Sizes {
  const all = newest ? [...old, newest] : old;
  const active = all.filter(({ spec }) => (spec.replicas ?? 1) > 0);
  const [only] = active.length > 0 ? active : [newest ?? old.at(-1)].filter((one) => one !== undefined);
  if (active.length <= 1) return only ? new Map([[only.metadata.name, bounds.replicas]]) : new Map();
  if (newest && isSaturated(newest, bounds))
    return new Map([
      [newest.metadata.name, bounds.replicas],
      ...old.filter((one) => active.includes(one)).map((one) => [one.metadata.name, 0] as const),
    ]);
  if (deployment.spec.strategy?.type === 'Recreate') return new Map();
  const shares = active.map((one) => ({
    name: one.metadata.name,
    replicas: one.spec.replicas ?? 1,
    mostThen: countIn(one, maxAnnotation) ?? deployment.status?.replicas ?? bounds.most,
    createdMs: Date.parse(one.metadata.creationTimestamp ?? '') || 0,
  }));
  return proportionalSizes(bounds, shares);
}

/** The newest one is as large as it should be, and serves: what is left of the others can go. */
function isSaturated(newest: ReplicaSetObject, { replicas }: Bounds): boolean {
  if (countIn(newest, desiredAnnotation) !== replicas) return false;
  return newest.spec.replicas === replicas && newest.status?.availableReplicas === replicas;
}
