import type { Container } from '@bramble/protocol/schema/types.generated.ts';
import { containerDigest } from './container-spec.ts';
import type { DesiredPod } from './desired.ts';
import { type ContainerHealth, freshHealth } from './health.ts';
import { type Attempt, attemptsOf } from './labels.ts';
import type { ObservedPod, Trouble } from './observed.ts';

export type RestartRule = 'Always' | 'OnFailure' | 'Never';

/** One container of a pod: what is wanted of it, and the attempts that were made at it. */
export interface PodContainer {
  readonly container: Container;
  readonly role: 'init' | 'sidecar' | 'main';
  readonly restart: RestartRule;
  readonly specDigest: string;
  readonly current: Attempt | undefined;
  /** Earlier attempts, the newest first. */
  readonly older: readonly Attempt[];
  readonly trouble: Trouble | undefined;
  /** Of the current attempt. */
  readonly health: ContainerHealth;
  /** The current attempt ended with the board, or before: its network namespace and files in memory are gone. */
  readonly beforeReboot: boolean;
}

/** Init containers first, in their order; then the others. */
export function containersOf(desired: DesiredPod, observed: ObservedPod): PodContainer[] {
  const spec = desired.pod?.spec;
  const rule = restartRule(spec?.restartPolicy);
  const build = (container: Container, role: PodContainer['role'], restart: RestartRule): PodContainer => {
    const [current, ...older] = attemptsOf(container.name, observed.containers);
    const specDigest = containerDigest(container);
    const trouble = observed.troubles.get(container.name);
    const beforeReboot = current !== undefined && isBeforeReboot(current, desired);
    const health = observed.health.get(current?.view.id ?? '') ?? freshHealth(container);
    return { container, role, restart, specDigest, current, older, trouble, health, beforeReboot };
  };
  const init = (spec?.initContainers ?? []).map((container) =>
    container.restartPolicy === 'Always'
      ? build(container, 'sidecar', 'Always')
      : build(container, 'init', rule === 'Never' ? 'Never' : 'OnFailure'),
  );
  return [...init, ...(spec?.containers ?? []).map((container) => build(container, 'main', rule))];
}

/** What runs cannot be older than the board's last start, whatever its label says. */
function isBeforeReboot({ view, identity }: Attempt, { pod, board }: DesiredPod): boolean {
  // Nothing of such a pod is started a second time, its init containers neither.
  if (pod?.spec?.restartPolicy === 'Never' || view.state === 'running') return false;
  return identity.bootId !== '' && board.bootId !== '' && identity.bootId !== board.bootId;
}

function restartRule(policy: string | undefined): RestartRule {
  return policy === 'OnFailure' || policy === 'Never' ? policy : 'Always';
}

export function isRunning({ current }: PodContainer): boolean {
  return current?.view.state === 'running';
}

/** It runs, but the hook after its start is not done: to all others it does not run yet. */
export function isHooked({ health }: PodContainer): boolean {
  return health.postStart === 'pending' || health.postStart === 'failed';
}

/** It runs, and what it must do first is done: the next init container may start, and its other probes begin. */
export function isStarted(container: PodContainer): boolean {
  return isRunning(container) && !isHooked(container) && container.health.started;
}

/** It serves. */
export function isReady(container: PodContainer): boolean {
  return isStarted(container) && container.health.ready;
}

/** The exit code of a container that has ended; 128, as the kubelet has it, where the runtime knows of none. */
export function exitCodeOf({ current }: PodContainer): number | undefined {
  const view = current?.view;
  return view?.state === 'exited' ? (view.exitCode ?? 128) : undefined;
}

/** It has ended and is not to be started again. */
export function isDone(container: PodContainer): boolean {
  const exitCode = exitCodeOf(container);
  if (exitCode === undefined || isOutdated(container) || mustRunAgain(container)) return false;
  // What was stopped for its probe's sake has failed, however politely it ended.
  const wasStopped = container.health.failed !== undefined;
  return (
    container.restart === 'Never' || (container.restart === 'OnFailure' && exitCode === 0 && !wasStopped)
  );
}

export function hasSucceeded(container: PodContainer): boolean {
  return isDone(container) && exitCodeOf(container) === 0;
}

/** Its part of the pod was changed after this attempt was made. */
export function isOutdated({ current, specDigest }: PodContainer): boolean {
  return current !== undefined && current.identity.specDigest !== specDigest;
}

/** Init containers prepare what a reboot takes away, so that each start of the board runs them again, as in Kubernetes. */
export function mustRunAgain({ role, beforeReboot }: PodContainer): boolean {
  return role === 'init' && beforeReboot;
}

/** Whether the init containers let the others start: all have succeeded, those that stay are running. */
export function isInitialized(containers: readonly PodContainer[]): boolean {
  const mains = containers.filter(({ role }) => role === 'main');
  // They would not be there otherwise; an init container that was removed since is not run again.
  if (mains.some(({ current, beforeReboot }) => current !== undefined && !beforeReboot)) return true;
  return containers.every((each) => each.role === 'main' || isPassed(each));
}

/** Why a container waits that nothing is wrong with. */
export const creating = 'ContainerCreating';

/** The kubelet's word for that in this pod. */
export function notBegun(containers: readonly PodContainer[]): string {
  return containers.some(({ role }) => role !== 'main') ? 'PodInitializing' : creating;
}

/** The next init container may start. */
export function isPassed(container: PodContainer): boolean {
  return container.role === 'sidecar' ? isStarted(container) : hasSucceeded(container);
}
