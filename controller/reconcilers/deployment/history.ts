import type { DeploymentObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { revisionOf } from './annotations.ts';

/** Old ReplicaSets beyond the history that the Deployment keeps for a rollback: the oldest revisions, and only empty ones. */
export function cleanable(
  { spec }: DeploymentObject,
  old: readonly ReplicaSetObject[],
): readonly ReplicaSetObject[] {
  const limit = spec.revisionHistoryLimit;
  if (limit === undefined) return [];
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const byRevision = [...alive].sort((one, other) => revisionOf(one) - revisionOf(other));
  return byRevision.slice(0, Math.max(0, alive.length - limit)).filter(isEmpty);
}

function isEmpty({ metadata, spec, status }: ReplicaSetObject): boolean {
  if ((spec.replicas ?? 1) > 0 || (status?.replicas ?? 0) > 0) return false;
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}
