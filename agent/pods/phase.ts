import type { Clock, DesiredPod } from './desired.ts';
import {
  exitCodeOf,
  hasSucceeded,
  isDone,
  isHooked,
  isInitialized,
  isRunning,
  type PodContainer,
} from './pod-containers.ts';
import type { Ending } from './steps.ts';

/** Milliseconds since the pod's activeDeadlineSeconds ran out (negative: until then); `undefined` without one. */
export function overdueMs(desired: DesiredPod, clock: Clock): number | undefined {
  const seconds = desired.pod?.spec?.activeDeadlineSeconds;
  return seconds === undefined ? undefined : clock.wallMs - desired.receivedAtMs - seconds * 1_000;
}

/** How the pod has ended, if it has: nothing of it will be started again. */
export function endingOf(
  desired: DesiredPod,
  containers: readonly PodContainer[],
  clock: Clock,
): Ending | undefined {
  if ((overdueMs(desired, clock) ?? -1) >= 0) {
    const message = 'Pod was active on the node longer than the specified deadline';
    return { phase: 'Failed', reason: 'DeadlineExceeded', message };
  }
  const failedInit = containers.some((each) => each.role === 'init' && isDone(each) && !hasSucceeded(each));
  if (failedInit && !isInitialized(containers)) return { phase: 'Failed' };
  const mains = containers.filter(({ role }) => role === 'main');
  if (mains.length === 0 || !mains.every(isDone)) return undefined;
  return { phase: mains.every(hasSucceeded) ? 'Succeeded' : 'Failed' };
}

/** Kubernetes' phase of a pod that has not ended (pkg/kubelet getPhase). */
export function phaseOf(containers: readonly PodContainer[]): 'Pending' | 'Running' {
  const mains = containers.filter(({ role }) => role === 'main');
  // After a reboot the init containers run again, in a pod that is running all the same.
  if (!isInitialized(containers) && !mains.some(({ current }) => current !== undefined)) return 'Pending';
  const neverRan = mains.some((each) => !(isRunning(each) && !isHooked(each)) && !hasRun(each));
  return neverRan || mains.length === 0 ? 'Pending' : 'Running';
}

/** Whether this or an earlier attempt at the container has ended. */
function hasRun(container: PodContainer): boolean {
  return exitCodeOf(container) !== undefined || container.older.length > 0;
}
