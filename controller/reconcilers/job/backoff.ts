import type { PodObject } from '../../workloads/objects.ts';
import { createdMs } from '../../workloads/pod-facts.ts';
import type { AgeOf } from './ages.ts';
import { finishedMs, hasFailed, hasSucceeded } from './pods.ts';

const firstMs = 10_000;
const mostMs = 600_000;

/** How long until the next pod may be made: twice as long after each failure since the last success, from ten seconds. */
export function retryInMs(pods: readonly PodObject[], ageOf: AgeOf): number {
  const endOf = (pod: PodObject): number => finishedMs(pod) ?? createdMs(pod);
  const lastSuccess = Math.max(0, ...pods.filter(hasSucceeded).map(endOf));
  const failures = pods.filter((pod) => hasFailed(pod) && endOf(pod) >= lastSuccess);
  if (failures.length === 0) return 0;
  const delayMs = Math.min(mostMs, firstMs * 2 ** Math.min(failures.length - 1, 20));
  const newestMs = Math.min(...failures.map((pod) => ageOf(`end of ${pod.metadata.uid}`, endOf(pod))));
  return Math.max(0, delayMs - newestMs);
}
