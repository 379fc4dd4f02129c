import type { DeploymentCondition, DeploymentStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { DeploymentObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { conditionOfType, withoutCondition } from '../conditions.ts';
import { updatedCondition, withDeploymentCondition } from './status.ts';

const completeReason = 'NewReplicaSetAvailable';
const timedOutReason = 'ProgressDeadlineExceeded';

export interface ProgressFacts {
  readonly deployment: DeploymentObject;
  readonly newest: ReplicaSetObject | undefined;
  /** The ReplicaSet is made by the same plan. */
  readonly created: string | undefined;
  readonly now: string;
  readonly nowMs: number;
}

export interface Progress {
  readonly conditions: readonly DeploymentCondition[];
  /** When the deadline is over if nothing moves until then. */
  readonly lookAgainMs: number | undefined;
}

/** The condition `Progressing` (Kubernetes' `syncRolloutStatus`): whether a rollout gets on, is complete, or got stuck. */
export function progressOf(next: DeploymentStatus, facts: ProgressFacts): Progress {
  const conditions = next.conditions ?? [];
  const deadline = facts.deployment.spec.progressDeadlineSeconds;
  if (deadline === undefined)
    return { conditions: withoutCondition(conditions, 'Progressing'), lookAgainMs: undefined };
  const moved = movedOn(next, facts, deadline);
  return { conditions: moved, lookAgainMs: deadlineIn(moved, deadline, facts.nowMs) };
}

function movedOn(
  next: DeploymentStatus,
  { deployment, newest, created, now, nowMs }: ProgressFacts,
  deadlineSeconds: number,
): readonly DeploymentCondition[] {
  const conditions = next.conditions ?? [];
  const current = conditionOfType(conditions, 'Progressing');
  const name = newest ? `ReplicaSet "${newest.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const progressing = (status: string, reason: string, message: string): DeploymentCondition => ({
    type: 'Progressing',
    status,
    reason,
    message,
  });
  if (created !== undefined) {
    const message = `Created new replica set "${created}"`;
    return withDeploymentCondition(conditions, progressing('True', 'NewReplicaSetCreated', message), now);
  }
  const standsComplete = next.replicas === (next.updatedReplicas ?? 0) && current?.reason === completeReason;
  if (standsComplete) return conditions;
  if (isComplete(deployment, next)) {
    const message = `${name} has successfully progressed.`;
    return withDeploymentCondition(conditions, progressing('True', completeReason, message), now);
  }
  if (isProgressing(deployment.status, next)) {
    const message = `${name} is progressing.`;
    return updatedCondition(conditions, progressing('True', 'ReplicaSetUpdated', message), now);
  }
  if (isTimedOut(current, deadlineSeconds, nowMs)) {
    const message = `${name} has timed out progressing.`;
    return withDeploymentCondition(conditions, progressing('False', timedOutReason, message), now);
  }
  if (current || !newest) return conditions;
  const message = `Found new replica set "${newest.metadata.name}"`;
  return withDeploymentCondition(conditions, progressing('True', 'FoundNewReplicaSet', message), now);
}

/** All pods are of the newest template, and available. */
export function isComplete({ spec, metadata }: DeploymentObject, status: DeploymentStatus): boolean {
  const wanted = spec.replicas ?? 1;
  const counts = [status.updatedReplicas, status.replicas, status.availableReplicas];
  if (counts.some((count) => (count ?? 0) !== wanted)) return false;
  return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

function isProgressing(before: DeploymentStatus | undefined, next: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus | undefined): number =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  const grew = (field: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'): boolean =>
    (next[field] ?? 0) > (before?.[field] ?? 0);
  return (
    grew('updatedReplicas') || grew('readyReplicas') || grew('availableReplicas') || old(next) < old(before)
  );
}

function isTimedOut(
  current: DeploymentCondition | undefined,
  deadlineSeconds: number,
  nowMs: number,
): boolean {
  if (!current || current.reason === completeReason) return false;
  if (current.reason === timedOutReason) return true;
  const since = Date.parse(current.lastUpdateTime ?? '');
  return !Number.isNaN(since) && since + deadlineSeconds * 1_000 < nowMs;
}

function deadlineIn(
  conditions: readonly DeploymentCondition[],
  deadlineSeconds: number,
  nowMs: number,
): number | undefined {
  const current = conditionOfType(conditions, 'Progressing');
  if (!current || current.reason === completeReason || current.reason === timedOutReason) return undefined;
  if (current.reason === 'DeploymentPaused') return undefined;
  const since = Date.parse(current.lastUpdateTime ?? '');
  // Times are in whole seconds: one more, and the deadline is surely over.
  return Number.isNaN(since) ? undefined : Math.max(0, since + deadlineSeconds * 1_000 - nowMs) + 1_000;
}

/** A paused Deployment makes no progress, and that is not its fault: its deadline begins anew when it is resumed. */
export function pausedConditions(
  conditions: readonly DeploymentCondition[] | undefined,
  { spec }: DeploymentObject,
  now: string,
): readonly DeploymentCondition[] {
  const current = conditionOfType(conditions, 'Progressing');
  if (spec.progressDeadlineSeconds === undefined || current?.reason === timedOutReason)
    return conditions ?? [];
  const wasPaused = current?.reason === 'DeploymentPaused';
  if ((spec.paused === true) === wasPaused) return conditions ?? [];
  const [reason, message] = wasPaused
    ? ['DeploymentResumed', 'Deployment is resumed']
    : ['DeploymentPaused', 'Deployment is paused'];
  return withDeploymentCondition(
    conditions,
    { type: 'Progressing', status: 'Unknown', reason, message },
    now,
  );
}
