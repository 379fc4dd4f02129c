import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { Job, Pod } from '@bramble/protocol/schema/types.generated.ts';
import { isMarked } from './pod-history.ts';

const tracking = 'batch.kubernetes.io/job-tracking';
const indexAnnotation = 'batch.kubernetes.io/job-completion-index';

/** What has become durable of one Job and its pods, counted here anew. */
export interface JobTally {
  /** What its status said when this began: of a copy that was restored, perhaps more than nothing. */
  readonly succeededBefore: number;
  readonly failedBefore: number;
  /** Uids of pods that succeeded, and of those that failed or were deleted, while the Job held them. */
  readonly succeeded: Set<string>;
  readonly failed: Set<string>;
  /** Of an indexed Job: of its pods that succeeded. */
  readonly indexes: Set<number>;
  /** Of those, the ones whose pod was told to go before it succeeded, and when: another may be on its way in its place. */
  readonly replaced: Map<number, number>;
  last: Job;
  finished: boolean;
}

export function newTally(job: Job): JobTally {
  const { succeeded = 0, failed = 0, completedIndexes } = job.status ?? {};
  return {
    succeededBefore: succeeded,
    failedBefore: failed,
    succeeded: new Set(),
    failed: new Set(),
    indexes: new Set(indexesIn(completedIndexes)),
    replaced: new Map(),
    last: job,
    finished: endOf(job) !== undefined,
  };
}

/** Of a pod that the Job holds. */
export function tallyPod(tally: JobTally, stored: StoredObject, nowMs: number): void {
  const uid = stored.object.metadata.uid ?? '';
  const phase = phaseOf(stored);
  if (phase === 'Succeeded') {
    tally.succeeded.add(uid);
    const index = indexOf(stored);
    if (index === undefined || tally.indexes.has(index)) return;
    tally.indexes.add(index);
    if (isMarked(stored)) tally.replaced.set(index, nowMs);
  } else if (phase === 'Failed' || isMarked(stored)) tally.failed.add(uid);
}

export function isHeld({ object }: StoredObject): boolean {
  return object.metadata.finalizers?.includes(tracking) === true;
}

export function jobOf({ object }: StoredObject): string | undefined {
  return (object as unknown as Pod).metadata?.ownerReferences?.find(({ kind }) => kind === 'Job')?.uid;
}

export function indexOf({ object }: StoredObject): number | undefined {
  const text = object.metadata.annotations?.[indexAnnotation];
  return text === undefined ? undefined : Number(text);
}

/** It runs, or is about to. */
export function isActive(stored: StoredObject): boolean {
  return !hasEnded(stored) && !isMarked(stored);
}

export function hasEnded(stored: StoredObject): boolean {
  const phase = phaseOf(stored);
  return phase === 'Succeeded' || phase === 'Failed';
}

export function endOf({ status }: Job): 'Complete' | 'Failed' | undefined {
  const end = status?.conditions?.find(
    ({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True',
  );
  return end?.type as 'Complete' | 'Failed' | undefined;
}

export function indexesIn(text = ''): number[] {
  return text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-');
    if (!first) return [];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at);
  });
}

function phaseOf({ object }: StoredObject): string | undefined {
  return (object['status'] as { phase?: string } | undefined)?.phase;
}
