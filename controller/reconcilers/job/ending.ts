import type { JobCondition } from '@bramble/protocol/schema/types.generated.ts';
import type { JobObject, PodObject } from '../../workloads/objects.ts';
import { isActive } from '../../workloads/pod-facts.ts';
import { conditionOfType } from '../conditions.ts';
import type { AgeOf } from './ages.ts';
import type { Count } from './count.ts';

/** Why a job ends, and how. */
export interface Ending {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** How a finished job ended; `undefined` while it goes on. */
export function finishedCondition({ status }: JobObject): JobCondition | undefined {
  return (status?.conditions ?? []).find(
    ({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True',
  );
}

/** Whether the job is over, by what was counted and by the clock. What was decided once stays decided. */
export function endingOf(
  job: JobObject,
  pods: readonly PodObject[],
  count: Count,
  startedMs: number | undefined,
  ageOf: AgeOf,
): Ending | undefined {
  const decided = decidedEnding(job);
  if (decided) return decided;
  const { backoffLimit = 6, activeDeadlineSeconds, suspend } = job.spec;
  if (count.failed > backoffLimit || restartsExceed(job, pods, backoffLimit))
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  const over =
    activeDeadlineSeconds !== undefined &&
    startedMs !== undefined &&
    suspend !== true &&
    ageOf(startOf(job, startedMs), startedMs) >= activeDeadlineSeconds * 1_000;
  if (over) return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  return isDone(job, pods, count)
    ? {
        type: 'Complete',
        reason: 'CompletionsReached',
        message: 'Reached expected number of succeeded pods',
      }
    : undefined;
}

/** A job that was suspended starts again. */
export function startOf({ metadata }: JobObject, startedMs: number): string {
  return `start of ${metadata.uid} at ${startedMs}`;
}

function failed(reason: string, message: string): Ending {
  return { type: 'Failed', reason, message };
}

/** Conditions that say so while the last pods are still going. */
function decidedEnding({ status }: JobObject): Ending | undefined {
  for (const [type, ending] of [
    ['FailureTarget', 'Failed'],
    ['SuccessCriteriaMet', 'Complete'],
  ] as const) {
    const condition = conditionOfType(status?.conditions, type);
    if (condition?.status === 'True')
      return { type: ending, reason: condition.reason ?? '', message: condition.message ?? '' };
  }
  return undefined;
}

/** Containers that are started again in their pod count as failures, too. */
function restartsExceed({ spec }: JobObject, pods: readonly PodObject[], limit: number): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter((pod) => isActive(pod) && ['Running', 'Pending'].includes(pod.status?.phase ?? ''))
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Without a number of completions one success is enough, when the others have ended, too. */
function isDone({ spec }: JobObject, pods: readonly PodObject[], { succeeded }: Count): boolean {
  if (spec.completions === undefined) return succeeded > 0 && !pods.some(isActive);
  return succeeded >= spec.completions;
}
