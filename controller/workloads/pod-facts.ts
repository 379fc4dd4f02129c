import type { PodObject } from './objects.ts';

/** Succeeded or Failed: it will never run again. */
export function isFinished({ status }: PodObject): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

export function isDeleting({ metadata }: PodObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Kubernetes' `IsPodActive`: it runs, or is about to. */
export function isActive(pod: PodObject): boolean {
  return !isFinished(pod) && !isDeleting(pod);
}

export function isReady({ status }: PodObject): boolean {
  return readyCondition(status)?.status === 'True';
}

/** Milliseconds since the epoch at which it became ready; `undefined` when it is not, or nobody says. */
export function readySinceMs({ status }: PodObject): number | undefined {
  const condition = readyCondition(status);
  if (condition?.status !== 'True') return undefined;
  const since = Date.parse(condition.lastTransitionTime ?? '');
  return Number.isNaN(since) ? undefined : since;
}

function readyCondition(status: PodObject['status']) {
  return (status?.conditions ?? []).find(({ type }) => type === 'Ready');
}

/** Ready, and for `minReadySeconds` at least. */
export function isAvailable(pod: PodObject, minReadySeconds: number, nowMs: number): boolean {
  return availableInMs(pod, minReadySeconds, nowMs) === 0;
}

/** How long until it counts as available if nothing changes; 0 when it does, `undefined` when it is not ready. */
export function availableInMs(pod: PodObject, minReadySeconds: number, nowMs: number): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds <= 0) return 0;
  const since = readySinceMs(pod);
  if (since === undefined) return 0;
  const waitMs = minReadySeconds * 1_000;
  const readyForMs = nowMs - since;
  // By a clock that was put back since: nobody waits until it has been caught up with.
  return readyForMs < -waitMs ? 0 : Math.max(0, waitMs - readyForMs);
}

/** Restarts of all its containers. */
export function restartsOf({ status }: PodObject): number {
  return (status?.containerStatuses ?? []).reduce((sum, one) => sum + one.restartCount, 0);
}

/** Milliseconds since the epoch; 0 where it does not say. */
export function createdMs({ metadata }: PodObject): number {
  const time = Date.parse(metadata.creationTimestamp ?? '');
  return Number.isNaN(time) ? 0 : time;
}
