import type { JobObject, PodObject } from '../../workloads/objects.ts';
import { parseIndexes } from './indexes.ts';
import { hasFailed, hasSucceeded, indexOf, isTracked } from './pods.ts';

/** Pods counted in one transaction. */
const batch = 100;

export interface Count {
  readonly succeeded: number;
  readonly failed: number;
  /** Of an indexed job. */
  readonly completed: ReadonlySet<number>;
  /** The pods that this count takes in, and the status must say so before they may go. */
  readonly newly: readonly PodObject[];
}

/**
 * How many pods succeeded and failed so far: what the status says, and the pods that ended and are still held by their
 * finalizer. Both are changed in one transaction of the store, so that no pod is counted twice, and none is missed
 * though it be deleted: Kubernetes' `uncountedTerminatedPods`, which bridges two writes, is not needed.
 */
export function countPods({ spec, status }: JobObject, pods: readonly PodObject[]): Count {
  const isIndexed = spec.completionMode === 'Indexed';
  const completed = parseIndexes(status?.completedIndexes, spec.completions ?? 0);
  const ended = pods.filter((pod) => isTracked(pod) && (hasSucceeded(pod) || hasFailed(pod))).slice(0, batch);
  let succeeded = status?.succeeded ?? 0;
  let failed = status?.failed ?? 0;
  for (const pod of ended) {
    if (!hasSucceeded(pod)) failed += 1;
    else if (!isIndexed) succeeded += 1;
    else {
      const index = indexOf(pod);
      if (index !== undefined && index < (spec.completions ?? 0)) completed.add(index);
    }
  }
  return { succeeded: isIndexed ? completed.size : succeeded, failed, completed, newly: ended };
}
