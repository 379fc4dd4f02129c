import type { ReplicaSetCondition, ReplicaSetStatus } from '@bramble/protocol/schema/types.generated.ts';
import { selectorMatcher } from '@bramble/protocol/workloads/label-selector.ts';
import type { PodObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { availableInMs, createdMs, isActive } from '../../workloads/pod-facts.ts';
import { withCondition, withoutCondition } from '../conditions.ts';
import { soonest } from '../queue/reconciler.ts';
import { inDeletionOrder } from './deletion-order.ts';

/** Pods made or deleted in one go: more follow when these are on disk. */
export const burst = 100;
/**
 * Pods that end as soon as they are made would be made without end. Within this time no more are made than twice as many
 * as are asked for, and some.
 */
const failureWindowMs = 300_000;
const sparedFailures = 10;

export interface ReplicaSetDecision {
  readonly create: number;
  readonly remove: readonly PodObject[];
  readonly status: ReplicaSetStatus;
  /** When a pod may come to count as available though nothing changes. */
  readonly lookAgainMs: number | undefined;
}

export interface Facts {
  readonly nowMs: number;
  readonly now: string;
  /** Why pods could not be made at the last attempt. */
  readonly failure: string | undefined;
}

/** What a ReplicaSet that owns these pods needs: nothing is made again while it exists, and nothing runs too many. */
export function computeReplicaSet(
  replicaSet: ReplicaSetObject,
  pods: readonly PodObject[],
  facts: Facts,
): ReplicaSetDecision {
  const active = pods.filter(isActive);
  const goes = replicaSet.metadata.deletionTimestamp !== undefined;
  const replicas = replicaSet.spec.replicas ?? 1;
  const missing = goes ? 0 : replicas - active.length;
  const spared = Math.max(sparedFailures, replicas * 2);
  const patienceMs = missing > 0 ? patienceAfterFailures(pods, spared, facts.nowMs) : 0;
  // After a failure one attempt is enough to see whether the cause is gone.
  const most = facts.failure === undefined ? burst : 1;
  const minReady = replicaSet.spec.minReadySeconds ?? 0;
  const waits = active.map((pod) => availableInMs(pod, minReady, facts.nowMs));
  return {
    create: patienceMs > 0 ? 0 : Math.min(Math.max(0, missing), most),
    remove: missing < 0 ? inDeletionOrder(active).slice(0, Math.min(-missing, burst)) : [],
    status: statusOf(replicaSet, active, waits, missing, facts),
    lookAgainMs: soonest(...waits.filter((delay) => delay !== 0), patienceMs > 0 ? patienceMs : undefined),
  };
}

/** How long until so few of the failed pods are young that another may be made. */
function patienceAfterFailures(pods: readonly PodObject[], spared: number, nowMs: number): number {
  const ages = pods
    .filter(({ status }) => status?.phase === 'Failed')
    .map((pod) => nowMs - createdMs(pod))
    .filter((age) => age < failureWindowMs)
    .sort((one, other) => one - other);
  const last = ages[spared - 1];
  return last === undefined ? 0 : failureWindowMs - last;
}

function statusOf(
  { metadata, spec, status }: ReplicaSetObject,
  active: readonly PodObject[],
  /** How long until each of them is available; `undefined` for one that is not ready. */
  waits: readonly (number | undefined)[],
  missing: number,
  { now, failure }: Facts,
): ReplicaSetStatus {
  const isFullyLabeled = selectorMatcher({ matchLabels: spec.template?.metadata?.labels ?? {} });
  const conditions = failureConditions(status?.conditions, missing > 0 ? failure : undefined, now);
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => isFullyLabeled(pod.metadata.labels)).length,
    readyReplicas: waits.filter((delay) => delay !== undefined).length,
    availableReplicas: waits.filter((delay) => delay === 0).length,
    observedGeneration: metadata.generation,
    ...(conditions.length > 0 && { conditions }),
  };
}

function failureConditions(
  before: readonly ReplicaSetCondition[] | undefined,
  failure: string | undefined,
  now: string,
): readonly ReplicaSetCondition[] {
  if (failure === undefined) return withoutCondition(before, 'ReplicaFailure');
  return withCondition(before, {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: failure,
    lastTransitionTime: now,
  });
}
