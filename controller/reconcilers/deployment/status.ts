import type { DeploymentCondition, DeploymentStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { DeploymentObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { conditionOfType, withoutCondition } from '../conditions.ts';
import type { Bounds } from './bounds.ts';

/** The counts of a Deployment's status, and whether enough of it serves. Its progress is another matter. */
export function countedStatus(
  { metadata, status }: DeploymentObject,
  newest: ReplicaSetObject | undefined,
  all: readonly ReplicaSetObject[],
  { replicas, least }: Bounds,
  now: string,
): DeploymentStatus {
  const sum = (value: (one: ReplicaSetObject) => number | undefined): number =>
    all.reduce((total, one) => total + (value(one) ?? 0), 0);
  const availableReplicas = sum((one) => one.status?.availableReplicas);
  const enough = availableReplicas >= (replicas === 0 ? 0 : least);
  const available: DeploymentCondition = {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${enough ? 'has' : 'does not have'} minimum availability.`,
  };
  return {
    observedGeneration: metadata.generation,
    replicas: sum((one) => one.status?.replicas),
    updatedReplicas: newest?.status?.replicas,
    readyReplicas: sum((one) => one.status?.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, sum((one) => one.spec.replicas ?? 1) - availableReplicas),
    collisionCount: status?.collisionCount,
    conditions: withDeploymentCondition(status?.conditions, available, now),
  };
}

/** As Kubernetes' `SetDeploymentCondition`: nothing is new while status and reason stay. */
export function withDeploymentCondition(
  conditions: readonly DeploymentCondition[] | undefined,
  wanted: DeploymentCondition,
  now: string,
): readonly DeploymentCondition[] {
  const before = conditionOfType(conditions, wanted.type);
  if (before && before.status === wanted.status && before.reason === wanted.reason) return conditions ?? [];
  return replaced(conditions, before, wanted, now);
}

/** The same, and the time of the update moves on even where status and reason stay. */
export function updatedCondition(
  conditions: readonly DeploymentCondition[] | undefined,
  wanted: DeploymentCondition,
  now: string,
): readonly DeploymentCondition[] {
  return replaced(conditions, conditionOfType(conditions, wanted.type), wanted, now);
}

function replaced(
  conditions: readonly DeploymentCondition[] | undefined,
  before: DeploymentCondition | undefined,
  wanted: DeploymentCondition,
  now: string,
): readonly DeploymentCondition[] {
  const since = before?.status === wanted.status ? before.lastTransitionTime : undefined;
  const whole = { ...wanted, lastUpdateTime: now, lastTransitionTime: since ?? now };
  return [...withoutCondition(conditions, wanted.type), whole];
}
