import { durationText, failuresThatCount, restartDelayMs } from './backoff.ts';
import { containerSpec } from './container-spec.ts';
import { type Clock, graceOf, type PlannedPod } from './desired.ts';
import type { Attempt } from './labels.ts';
import type { ObservedPod, Trouble, Waiting } from './observed.ts';
import { type StopOrder, stopSteps } from './plan-stop.ts';
import { isDone, isOutdated, mustRunAgain, type PodContainer } from './pod-containers.ts';
import type { PullPolicy, Step } from './steps.ts';
import { millisecondsOf } from './times.ts';

export interface Decision {
  readonly steps: readonly Step[];
  readonly waiting?: Waiting | undefined;
}

export interface Situation {
  readonly desired: PlannedPod;
  readonly observed: ObservedPod;
  readonly clock: Clock;
  /** Why no container can be started yet; `undefined` when network and volumes are there. */
  readonly blocked: Waiting | undefined;
}

const nothing: Decision = { steps: [] };
/** How long the error itself is shown before the status says that it is backing off, as the kubelet's does. */
const errorShownMs = 2_000;

/** What to do next for one container that should run. */
export function planContainer(container: PodContainer, situation: Situation): Decision {
  const tidying = tidyOlder(container, situation);
  // Never two of one name: an older one that still runs has to end first.
  if (container.older.some(({ view }) => view.state === 'running')) return { steps: tidying };
  const next = planCurrent(container, situation);
  return { ...next, steps: [...tidying, ...next.steps] };
}

/** Earlier attempts are removed but for the last, whose logs and exit code are still shown. */
function tidyOlder({ older }: PodContainer, situation: Situation): Step[] {
  return older.flatMap((attempt, index): Step[] => {
    if (attempt.view.state === 'running') return stop(attempt, 'superseded', 'has a newer copy', situation);
    return index === 0 ? [] : [{ type: 'remove-container', id: attempt.view.id }];
  });
}

function stop(
  { view, identity }: Attempt,
  order: string,
  why: string,
  { desired, observed, clock }: Situation,
  graceSeconds = graceOf(desired),
): Step[] {
  const wish: StopOrder = { order, graceSeconds, message: `Container ${identity.container} ${why}` };
  return stopSteps(view, wish, desired, observed, clock);
}

function planCurrent(container: PodContainer, situation: Situation): Decision {
  const { current } = container;
  if (isBeingMade(container, situation.observed)) return nothing;
  if (!current) return planCreate(container, 0, 0, situation);
  const { view } = current;
  const outdated = isOutdated(container);
  if (view.state === 'running') return planRunning(container, current, outdated, situation);
  if (view.state === 'created')
    return outdated
      ? { steps: [{ type: 'remove-container', id: view.id }] }
      : planStart(container, view.id, situation);
  if (isDone(container)) return nothing;
  return planRestart(container, current, outdated, situation);
}

/** A container that runs is left alone, unless it is wanted otherwise or is not well. */
function planRunning(
  { container, restart, health }: PodContainer,
  current: Attempt,
  outdated: boolean,
  situation: Situation,
): Decision {
  if (outdated)
    return { steps: stop(current, 'changed', 'definition changed, will be restarted', situation) };
  if (health.failed) {
    const graceSeconds = container[`${health.failed}Probe`]?.terminationGracePeriodSeconds;
    const then = restart === 'Never' ? '' : ', will be restarted';
    const why = `failed ${health.failed} probe${then}`;
    return { steps: stop(current, 'unhealthy', why, situation, graceSeconds) };
  }
  if (health.postStart === 'failed')
    return { steps: stop(current, 'hook', 'failed its postStart hook', situation) };
  if (health.postStart === 'pending') return { steps: [{ type: 'post-start', id: current.view.id }] };
  return nothing;
}

function isBeingMade({ container }: PodContainer, { busy }: ObservedPod): boolean {
  for (const key of busy) if (key.startsWith(`create-container ${container.name} `)) return true;
  return false;
}

function planStart(container: PodContainer, id: string, situation: Situation): Decision {
  if (isDone(container)) return nothing;
  if (situation.blocked) return { steps: [], waiting: situation.blocked };
  const delayed = inTrouble(container.trouble, container, situation.clock);
  if (delayed && delayed.steps.length > 0) return delayed;
  const step: Step = { type: 'start-container', container: container.container.name, id };
  return { steps: [step], waiting: delayed?.waiting };
}

function planRestart(
  container: PodContainer,
  { view, identity }: Attempt,
  outdated: boolean,
  situation: Situation,
): Decision {
  const attempt = identity.attempt + 1;
  if (outdated || mustRunAgain(container)) return planCreate(container, attempt, 0, situation);
  const endedMs = millisecondsOf(view.finishedAt);
  const ranMs = endedMs === undefined ? 0 : endedMs - (millisecondsOf(view.startedAt) ?? endedMs);
  const counted = failuresThatCount(identity.failures, ranMs);
  const delayMs = restartDelayMs(counted);
  const leftMs = backoffLeftMs(endedMs, delayMs, situation.observed.endedMs.get(view.id), situation.clock);
  if (leftMs === 0) return planCreate(container, attempt, counted + 1, situation);
  const shownMs = endedMs === undefined ? 0 : endedMs + errorShownMs - situation.clock.wallMs;
  const error = shownMs > 0 && shownMs <= errorShownMs ? startError(container, view.error) : undefined;
  if (error) return { steps: [{ type: 'wait', delayMs: Math.min(leftMs, shownMs) }], waiting: error };
  const { uid, name, namespace } = situation.desired;
  const message = `back-off ${durationText(delayMs)} restarting failed container=${container.container.name} pod=${name}_${namespace}(${uid})`;
  return {
    steps: [{ type: 'wait', delayMs: leftMs }],
    waiting: { reason: 'CrashLoopBackOff', message },
  };
}

/** Why a container did not come to run, which is shown before its back-off. */
function startError({ current, health }: PodContainer, message: string): Waiting | undefined {
  if (health.postStart === 'failed') return { reason: 'PostStartHookError', message: health.postStartError };
  return current?.view.startedAt === '' ? { reason: 'RunContainerError', message } : undefined;
}

function planCreate(
  container: PodContainer,
  attempt: number,
  failures: number,
  situation: Situation,
): Decision {
  const { desired, observed, clock, blocked } = situation;
  if (blocked) return { steps: [], waiting: blocked };
  const delayed = inTrouble(container.trouble, container, clock);
  if (delayed && delayed.steps.length > 0) return delayed;
  const waiting = delayed?.waiting ?? { reason: 'ContainerCreating' };
  const { name, image = '' } = container.container;
  if (observed.pulled.get(name) !== attempt) {
    const policy = pullPolicyOf(container);
    return { steps: [{ type: 'pull-image', container: name, attempt, image, policy }], waiting };
  }
  const problem = configProblem(container, attempt, failures, desired, observed);
  if (problem !== undefined)
    return { steps: [], waiting: { reason: 'CreateContainerConfigError', message: problem } };
  return { steps: [{ type: 'create-container', container: name, attempt, failures }], waiting };
}

function configProblem(
  container: PodContainer,
  attempt: number,
  failures: number,
  desired: PlannedPod,
  observed: ObservedPod,
): string | undefined {
  const identity = identityFor(container, attempt, failures, desired);
  const surroundings = {
    networkPath: observed.networkPath,
    volumePaths: observed.volumes?.paths ?? new Map<string, string>(),
  };
  const spec = containerSpec(container.container, identity, desired, surroundings);
  return spec.ok ? undefined : spec.message;
}

/** What ended with the board itself has no time of its end, and is started again at once. */
function backoffLeftMs(
  endedMs: number | undefined,
  delayMs: number,
  seenMs: number | undefined,
  { wallMs, monotonicMs }: Clock,
): number {
  if (endedMs === undefined) return 0;
  // A wall clock that was put back must not prolong the wait: it is over so long after the end was seen, too.
  const leftMs = Math.min(endedMs + delayMs - wallMs, (seenMs ?? monotonicMs) + delayMs - monotonicMs);
  return Math.max(0, leftMs);
}

export function identityFor(
  container: PodContainer,
  attempt: number,
  failures: number,
  desired: PlannedPod,
): Attempt['identity'] {
  return {
    uid: desired.uid,
    namespace: desired.namespace,
    pod: desired.name,
    container: container.container.name,
    init: container.role !== 'main',
    attempt,
    failures,
    specDigest: container.specDigest,
    storeId: desired.storeId,
    bootId: desired.board.bootId,
  };
}

/** Kubernetes' default: always for `latest` and for no tag, else only when the image is not there. */
function pullPolicyOf({ container }: PodContainer): PullPolicy {
  const policy = container.imagePullPolicy;
  if (policy === 'Always' || policy === 'IfNotPresent' || policy === 'Never') return policy;
  const image = container.image ?? '';
  const name = image.slice(image.lastIndexOf('/') + 1);
  if (name.includes('@')) return 'IfNotPresent';
  return !name.includes(':') || name.endsWith(':latest') ? 'Always' : 'IfNotPresent';
}

/** What a recent failure means: still waiting (with a wait as its step), or to be tried again now. */
function inTrouble(
  trouble: Trouble | undefined,
  { container }: PodContainer,
  clock: Clock,
): Decision | undefined {
  if (!trouble) return undefined;
  const { reason, message, sinceMs, retryAtMs } = trouble;
  const leftMs = retryAtMs - clock.monotonicMs;
  const shownMs = sinceMs + errorShownMs - clock.monotonicMs;
  const fresh = reason !== 'ErrImagePull' || shownMs > 0;
  const waiting: Waiting = fresh
    ? { reason, message }
    : {
        reason: 'ImagePullBackOff',
        message: `Back-off pulling image "${container.image}": ErrImagePull: ${message}`,
      };
  if (leftMs <= 0) return { steps: [], waiting };
  const delayMs = reason === 'ErrImagePull' && fresh ? Math.min(leftMs, shownMs) : leftMs;
  return { steps: [{ type: 'wait', delayMs }], waiting };
}
