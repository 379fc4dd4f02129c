import type { DeploymentStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { DeploymentObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { conditionOfType, withoutCondition } from '../conditions.ts';
import { sameTemplate } from '../template.ts';
import { countIn, desiredAnnotation, newestAnnotations, revisionOf } from './annotations.ts';
import { type Bounds, boundsOf } from './bounds.ts';
import { cleanable } from './history.ts';
import { isComplete, pausedConditions, progressOf } from './progress.ts';
import { type Member, nextSizes, type Sizes, sizeOfNewest } from './rolling-update.ts';
import { scaledSizes } from './scale.ts';
import { countedStatus, withDeploymentCondition } from './status.ts';

export interface Observed {
  readonly deployment: DeploymentObject;
  /** The ReplicaSets that it manages, the oldest first. */
  readonly replicaSets: readonly ReplicaSetObject[];
  /** Whether a pod of this ReplicaSet is left that has not ended. */
  readonly hasPods: (replicaSet: ReplicaSetObject) => boolean;
  readonly newName: string;
  readonly now: string;
  readonly nowMs: number;
}

export interface Decision {
  readonly newest: ReplicaSetObject | undefined;
  readonly bounds: Bounds;
  readonly revision: number;
  /** A ReplicaSet for the newest template, of this size. */
  readonly create: number | undefined;
  readonly sizes: Sizes;
  /** Annotations and `minReadySeconds` that the newest ReplicaSet should have. */
  readonly annotate: ReplicaSetObject | undefined;
  readonly remove: readonly ReplicaSetObject[];
  readonly status: DeploymentStatus;
  readonly lookAgainMs: number | undefined;
}

/** What a Deployment needs next. One step at a time: the ReplicaSets' own changes bring the next one about. */
export function computeDeployment(observed: Observed): Decision {
  const { deployment, replicaSets } = observed;
  const newest = replicaSets.find(({ spec }) => sameTemplate(spec.template, deployment.spec.template));
  const old = replicaSets.filter((one) => one !== newest);
  const bounds = boundsOf(deployment);
  const revision = 1 + Math.max(0, ...old.map(revisionOf));
  const base = { newest, bounds, revision, create: undefined, sizes: none, annotate: undefined, remove: [] };
  if (deployment.metadata.deletionTimestamp !== undefined)
    return { ...base, ...stated(observed, newest, bounds, false) };
  const annotate = annotated(observed, newest, revision);
  if (deployment.spec.paused === true || isScaled(replicaSets, bounds)) {
    const sizes = scaledSizes(deployment, newest, old, bounds);
    const remove = deployment.spec.paused === true ? cleanable(deployment, old) : [];
    return { ...base, annotate, sizes, remove, ...stated(observed, newest, bounds, false) };
  }
  const step =
    deployment.spec.strategy?.type === 'Recreate'
      ? recreate(observed, newest, old, bounds)
      : roll(newest, old, bounds);
  const { status, lookAgainMs } = stated(observed, newest, bounds, true, step.create);
  const remove = isComplete(deployment, status) ? cleanable(deployment, old) : [];
  return { ...base, ...step, annotate, remove, status, lookAgainMs };
}

const none: Sizes = new Map();

type Step = Pick<Decision, 'create' | 'sizes'>;

function roll(newest: ReplicaSetObject | undefined, old: readonly ReplicaSetObject[], bounds: Bounds): Step {
  const members = old.map(memberOf);
  if (!newest) return { create: sizeOfNewest(bounds, { replicas: 0 }, members), sizes: none };
  return { create: undefined, sizes: nextSizes(bounds, memberOf(newest), members) };
}

/** All old pods must have ended before the first new one is made. */
function recreate(
  { hasPods }: Observed,
  newest: ReplicaSetObject | undefined,
  old: readonly ReplicaSetObject[],
  { replicas }: Bounds,
): Step {
  const standing = old.filter(({ spec }) => (spec.replicas ?? 1) > 0);
  if (standing.length > 0)
    return { create: undefined, sizes: new Map(standing.map(({ metadata }) => [metadata.name, 0])) };
  if (old.some(hasPods)) return { create: undefined, sizes: none };
  if (!newest) return { create: replicas, sizes: none };
  const sizes = newest.spec.replicas === replicas ? none : new Map([[newest.metadata.name, replicas]]);
  return { create: undefined, sizes };
}

function memberOf({ metadata, spec, status }: ReplicaSetObject): Member {
  return {
    name: metadata.name,
    replicas: spec.replicas ?? 1,
    available: status?.availableReplicas ?? 0,
    observed: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
  };
}

/** Whether somebody changed the count since the ReplicaSets were sized. */
function isScaled(replicaSets: readonly ReplicaSetObject[], { replicas }: Bounds): boolean {
  return replicaSets.some((one) => {
    const desired = countIn(one, desiredAnnotation);
    return (one.spec.replicas ?? 1) > 0 && desired !== undefined && desired !== replicas;
  });
}

function annotated(
  { deployment }: Observed,
  newest: ReplicaSetObject | undefined,
  revision: number,
): ReplicaSetObject | undefined {
  if (!newest) return undefined;
  const annotations = newestAnnotations(deployment, newest.metadata.annotations, revision);
  const minReadySeconds = deployment.spec.minReadySeconds;
  const same =
    JSON.stringify(annotations) === JSON.stringify(newest.metadata.annotations ?? {}) &&
    (minReadySeconds ?? 0) === (newest.spec.minReadySeconds ?? 0);
  if (same) return undefined;
  const { minReadySeconds: _, ...spec } = newest.spec;
  return {
    ...newest,
    metadata: { ...newest.metadata, annotations },
    spec: { ...spec, ...(minReadySeconds && { minReadySeconds }) },
  };
}

/** The status, and when to look again. While paused or being scaled, progress is not judged. */
function stated(
  { deployment, replicaSets, newName, now, nowMs }: Observed,
  newest: ReplicaSetObject | undefined,
  bounds: Bounds,
  judgesProgress: boolean,
  creates?: number | undefined,
): Pick<Decision, 'status' | 'lookAgainMs'> {
  const counted = countedStatus(deployment, newest, replicaSets, bounds, now);
  const paused = { ...counted, conditions: pausedConditions(counted.conditions, deployment, now) };
  const created = creates === undefined ? undefined : newName;
  const { conditions, lookAgainMs } = judgesProgress
    ? progressOf(paused, { deployment, newest, created, now, nowMs })
    : { conditions: paused.conditions, lookAgainMs: undefined };
  return { status: { ...paused, conditions: withFailure(conditions, replicaSets, now) }, lookAgainMs };
}

/** A ReplicaSet that cannot make pods is the Deployment's trouble, too. */
function withFailure(
  conditions: DeploymentStatus['conditions'],
  replicaSets: readonly ReplicaSetObject[],
  now: string,
): DeploymentStatus['conditions'] {
  const failure = replicaSets
    .map(({ status }) => conditionOfType(status?.conditions, 'ReplicaFailure'))
    .find((found) => found !== undefined);
  if (!failure) return withoutCondition(conditions, 'ReplicaFailure');
  const { type, status, reason, message } = failure;
  return withDeploymentCondition(conditions, { type, status, reason, message }, now);
}
