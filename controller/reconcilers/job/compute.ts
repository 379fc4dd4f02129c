import type { JobCondition, JobStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { JobObject, PodObject } from '../../workloads/objects.ts';
import { isActive, isDeleting, isFinished, isReady } from '../../workloads/pod-facts.ts';
import { withCondition } from '../conditions.ts';
import { soonest } from '../queue/reconciler.ts';
import { inDeletionOrder } from '../replica-set/deletion-order.ts';
import type { AgeOf } from './ages.ts';
import { retryInMs } from './backoff.ts';
import { type Count, countPods } from './count.ts';
import { type Ending, endingOf, startOf } from './ending.ts';
import { freeIndexes, indexesText } from './indexes.ts';
import { indexOf, isTracked } from './pods.ts';

/** Pods made or deleted in one go. */
export const burst = 100;

export interface JobDecision {
  /** Of an indexed job, each with its index. */
  readonly create: readonly (number | undefined)[];
  readonly remove: readonly PodObject[];
  /** What is removed counts as failed, since the job itself has; otherwise nobody holds it against the job. */
  readonly counts: boolean;
  readonly count: Count;
  readonly status: JobStatus;
  readonly ended: Ending | undefined;
  readonly lookAgainMs: number | undefined;
}

export interface Clock {
  readonly now: string;
  readonly ageOf: AgeOf;
}

/** What an unfinished job needs. */
export function computeJob(job: JobObject, pods: readonly PodObject[], clock: Clock): JobDecision {
  const count = countPods(job, pods);
  const active = pods.filter(isActive);
  const suspended = job.spec.suspend === true;
  const startTime = suspended ? undefined : (job.status?.startTime ?? clock.now);
  const startedMs = startTime === undefined ? undefined : Date.parse(startTime);
  const ending = endingOf(job, pods, count, startedMs, clock.ageOf);
  const work = ending || suspended ? stopped(active) : managed(job, pods, active, count, clock.ageOf);
  // Also a pod that ended and is not counted yet: its count would be lost with the end.
  const left = pods.some((pod) => !isFinished(pod) || (isTracked(pod) && !count.newly.includes(pod)));
  const ended = ending && !left ? ending : undefined;
  return {
    ...work,
    counts: ending !== undefined,
    count,
    status: statusOf(job, pods, count, { startTime, ending, ended, suspended }, clock),
    ended,
    lookAgainMs: soonest(work.lookAgainMs, ending ? undefined : deadlineInMs(job, startedMs, clock.ageOf)),
  };
}

type Work = Pick<JobDecision, 'create' | 'remove' | 'lookAgainMs'>;

function stopped(active: readonly PodObject[]): Work {
  return { create: [], remove: active.slice(0, burst), lookAgainMs: undefined };
}

function managed(
  job: JobObject,
  pods: readonly PodObject[],
  active: readonly PodObject[],
  count: Count,
  ageOf: AgeOf,
): Work {
  const surplus = [...doubles(job, active, count)];
  const kept = active.filter((pod) => !surplus.includes(pod));
  const wanted = wantedPods(job, kept.length, count);
  if (kept.length > wanted) surplus.push(...inDeletionOrder(kept).slice(0, kept.length - wanted));
  const remove = surplus.slice(0, burst);
  const waits = job.spec.podReplacementPolicy === 'Failed' ? pods.filter(isGoing).length : 0;
  const missing = Math.min(burst, Math.max(0, wanted - kept.length - waits));
  if (missing === 0) return { create: [], remove, lookAgainMs: undefined };
  const retryMs = retryInMs(pods, ageOf);
  if (retryMs > 0) return { create: [], remove, lookAgainMs: retryMs };
  if (job.spec.completionMode !== 'Indexed')
    return { create: Array.from({ length: missing }, () => undefined), remove, lookAgainMs: undefined };
  const taken = new Set([...count.completed, ...kept.map((pod) => indexOf(pod) ?? -1)]);
  return { create: freeIndexes(job.spec.completions ?? 0, taken, missing), remove, lookAgainMs: undefined };
}

function isGoing(pod: PodObject): boolean {
  return isDeleting(pod) && !isFinished(pod);
}

/** How many pods should run now. */
function wantedPods({ spec }: JobObject, active: number, { succeeded }: Count): number {
  const parallelism = spec.parallelism ?? 1;
  if (spec.completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.min(Math.max(0, spec.completions - succeeded), parallelism);
}

/** Pods of an indexed job whose index is done, or somebody else's. */
function doubles(
  { spec }: JobObject,
  active: readonly PodObject[],
  { completed }: Count,
): readonly PodObject[] {
  if (spec.completionMode !== 'Indexed') return [];
  const taken = new Set(completed);
  return active.filter((pod) => {
    const index = indexOf(pod);
    if (index === undefined || index >= (spec.completions ?? 0) || taken.has(index)) return true;
    taken.add(index);
    return false;
  });
}

function deadlineInMs(job: JobObject, startedMs: number | undefined, ageOf: AgeOf): number | undefined {
  const { activeDeadlineSeconds, suspend } = job.spec;
  if (activeDeadlineSeconds === undefined || startedMs === undefined || suspend === true) return undefined;
  return Math.max(0, activeDeadlineSeconds * 1_000 - ageOf(startOf(job, startedMs), startedMs));
}

interface Course {
  readonly startTime: string | undefined;
  readonly ending: Ending | undefined;
  readonly ended: Ending | undefined;
  readonly suspended: boolean;
}

function statusOf(
  { spec, status }: JobObject,
  pods: readonly PodObject[],
  count: Count,
  { startTime, ending, ended, suspended }: Course,
  { now }: Clock,
): JobStatus {
  const active = pods.filter(isActive);
  const completedIndexes =
    spec.completionMode === 'Indexed' && count.completed.size > 0
      ? { completedIndexes: indexesText(count.completed) }
      : {};
  let conditions: readonly JobCondition[] = status?.conditions ?? [];
  if (suspended || conditions.some(({ type }) => type === 'Suspended'))
    conditions = withCondition(conditions, suspendedCondition(suspended, now));
  if (ending) conditions = withCondition(conditions, endingCondition(ending, interim[ending.type], now));
  if (ended) conditions = withCondition(conditions, endingCondition(ended, ended.type, now));
  return {
    ...(startTime !== undefined && { startTime }),
    active: active.length,
    ready: active.filter(isReady).length,
    terminating: pods.filter(isGoing).length,
    succeeded: count.succeeded,
    failed: count.failed,
    ...completedIndexes,
    ...(ended?.type === 'Complete' && { completionTime: now }),
    ...(conditions.length > 0 && { conditions }),
  };
}

const interim = { Complete: 'SuccessCriteriaMet', Failed: 'FailureTarget' } as const;

function endingCondition({ reason, message }: Ending, type: string, now: string): JobCondition {
  return { type, status: 'True', reason, message, lastProbeTime: now, lastTransitionTime: now };
}

function suspendedCondition(suspended: boolean, now: string): JobCondition {
  return {
    type: 'Suspended',
    status: suspended ? 'True' : 'False',
    reason: suspended ? 'JobSuspended' : 'JobResumed',
    message: suspended ? 'Job suspended' : 'Job resumed',
    lastProbeTime: now,
    lastTransitionTime: now,
  };
}
