import type { PodObject } from '../../workloads/objects.ts';
import { createdMs } from '../../workloads/pod-facts.ts';
import { finishedMs, hasFailed, hasSucceeded } from './pods.ts';

const firstMs = 10_000;
const mostMs = 600_000;

/** How long until the next pod may be made: twice as long after each failure since the last success, from ten seconds. */
export function retryInMs(pods: readonly PodObject[], nowMs: number): number {
  const endOf = (pod: PodObject): number => finishedMs(pod) ?? createdMs(pod);
  const lastSuccess = Math.max(0, ...pods.filter(hasSucceeded).map(endOf));
  const failures = pods.filter((pod) => hasFailed(pod) && endOf(pod) >= lastSuccess).map(endOf);
  if (failures.length === 0) return 0;
  const delayMs = Math.min(mostMs, firstMs * 2 ** Math.min(failures.length - 1, 20));
  return Math.max(0, Math.max(...failures) + delayMs - nowMs);
}
