import { scaledValue } from '@bramble/protocol/workloads/int-or-percent.ts';
import { selectorMatches } from '@bramble/protocol/workloads/label-selector.ts';
import type { BudgetObject, PodObject } from './objects.ts';
import { isDeleting, isFinished, isReady } from './pod-facts.ts';

/** What a disruption budget allows at this moment (PodDisruptionBudgetStatus policy/v1). */
export interface Budget {
  readonly expectedPods: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly disruptionsAllowed: number;
}

/** Whether the budget protects this pod. */
export function protects(budget: BudgetObject, pod: PodObject): boolean {
  if (budget.metadata.namespace !== pod.metadata.namespace) return false;
  return selectorMatches(budget.spec?.selector, pod.metadata.labels);
}

/**
 * `wanted` is how many pods the owners of these pods ask for, which percentages and `maxUnavailable` are shares of; a
 * pod that is missing is unavailable, too.
 */
export function budgetOf(budget: BudgetObject, pods: readonly PodObject[], wanted: number): Budget {
  const own = pods.filter((pod) => protects(budget, pod) && !isFinished(pod));
  const currentHealthy = own.filter((pod) => isReady(pod) && !isDeleting(pod)).length;
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const counted = typeof minAvailable === 'number';
  const expectedPods = counted ? own.length : Math.max(wanted, 0);
  const desiredHealthy = counted
    ? minAvailable
    : minAvailable === undefined
      ? expectedPods - scaledValue(maxUnavailable ?? 0, expectedPods, 'up')
      : scaledValue(minAvailable, expectedPods, 'up');
  const atLeast = Math.max(0, desiredHealthy);
  const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - atLeast);
  return { expectedPods, currentHealthy, desiredHealthy: atLeast, disruptionsAllowed };
}

/** Whether this pod may be evicted though nothing is allowed: it does not serve anyway (`unhealthyPodEvictionPolicy`). */
export function mayGoUnhealthy(budget: BudgetObject, pod: PodObject, now: Budget): boolean {
  if (isReady(pod)) return false;
  if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return now.currentHealthy >= now.desiredHealthy && now.desiredHealthy > 0;
}
