import type { PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import { type ConditionFact, conditionsOf } from './conditions.ts';
import { containerStatus } from './container-status.ts';
import { type DesiredPod, podAddresses, usesHostNetwork } from './desired.ts';
import type { ObservedPod, Waiting } from './observed.ts';
import { phaseOf } from './phase.ts';
import {
  containersOf,
  hasSucceeded,
  isInitialized,
  isPassed,
  isReady,
  notBegun,
  type PodContainer,
} from './pod-containers.ts';
import { qosClassOf } from './qos.ts';
import type { Ending } from './steps.ts';
import { millisecondsOf, timeOf } from './times.ts';

export interface StatusInput {
  readonly desired: DesiredPod;
  readonly observed: ObservedPod;
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly ending: Ending | undefined;
  readonly before: PodStatus | undefined;
  readonly nowMs: number;
}

/** Kubernetes' PodStatus of a pod on this board. */
export function podStatus(input: StatusInput): PodStatus {
  const { desired, observed, waiting, ending } = input;
  const containers = containersOf(desired, observed);
  const waitingReason = notBegun(containers);
  const status = (each: PodContainer): ReturnType<typeof containerStatus> =>
    containerStatus(each, waiting.get(each.container.name), desired.board.runtime, waitingReason);
  const init = containers.filter(({ role }) => role !== 'main');
  return {
    phase: ending?.phase ?? phaseOf(containers),
    ...(ending?.reason ? { reason: ending.reason } : {}),
    ...(ending?.message ? { message: ending.message } : {}),
    conditions: conditionsOf(
      conditionFacts(input, containers),
      input.before?.conditions,
      desired.receivedAtMs,
      input.nowMs,
    ),
    ...addressesOf(desired, observed),
    startTime: timeOf(desired.receivedAtMs),
    ...(init.length > 0 ? { initContainerStatuses: init.map(status) } : {}),
    containerStatuses: containers.filter(({ role }) => role === 'main').map(status),
    ...(desired.pod ? { qosClass: qosClassOf(desired.pod) } : {}),
  };
}

function addressesOf(
  desired: DesiredPod,
  observed: ObservedPod,
): Pick<PodStatus, 'hostIP' | 'hostIPs' | 'podIP' | 'podIPs'> {
  const hosts = desired.board.addresses;
  const pods = isAttached(desired, observed) ? podAddresses(desired) : [];
  return {
    ...(hosts[0] ? { hostIP: hosts[0], hostIPs: hosts.slice(0, 2).map((ip) => ({ ip })) } : {}),
    ...(pods[0] ? { podIP: pods[0], podIPs: pods.map((ip) => ({ ip })) } : {}),
  };
}

/** What runs has its network, also before a new agent has attached it anew (G5). */
function isAttached(desired: DesiredPod, { networkPath, containers }: ObservedPod): boolean {
  const runs = containers.some(({ state }) => state === 'running');
  return usesHostNetwork(desired) || networkPath !== undefined || runs;
}

function conditionFacts(input: StatusInput, containers: readonly PodContainer[]): ConditionFact[] {
  const { desired, observed, ending } = input;
  const initialized = isInitialized(containers);
  const stillInit = containers.filter((each) => each.role !== 'main' && !isPassed(each));
  const serving = containers.filter(({ role }) => role !== 'init');
  const unready = serving.filter((each) => !isReady(each));
  const completed = ending?.phase === 'Succeeded' || serving.every(hasSucceeded);
  const initFact = initialized ? {} : incomplete('ContainersNotInitialized', 'incomplete', stillInit);
  const ready = unready.length === 0;
  const readyFact = ready
    ? {}
    : completed
      ? { reason: 'PodCompleted' }
      : incomplete('ContainersNotReady', 'unready', unready);
  const sinceMs = ready ? latestOf(serving.map(changedMs)) : earliestOf(unready.map(changedMs));
  return [
    { type: 'PodReadyToStartContainers', status: isAttached(desired, observed) && !ending },
    {
      type: 'Initialized',
      status: initialized,
      ...(initialized && completed ? { reason: 'PodCompleted' } : initFact),
    },
    { type: 'Ready', status: ready, ...readyFact, sinceMs },
    { type: 'ContainersReady', status: ready, ...readyFact, sinceMs },
    { type: 'PodScheduled', status: true },
  ];
}

function incomplete(
  reason: string,
  word: string,
  containers: readonly PodContainer[],
): Pick<ConditionFact, 'reason' | 'message'> {
  const names = containers.map(({ container }) => container.name).join(' ');
  return { reason, message: `containers with ${word} status: [${names}]` };
}

/** When a container came to be as ready as it is. */
function changedMs({ current, health }: PodContainer): number | undefined {
  const view = current?.view;
  if (view?.state !== 'running') return millisecondsOf(view?.finishedAt ?? '');
  const startedMs = millisecondsOf(view.startedAt);
  return startedMs === undefined ? undefined : Math.max(startedMs, health.sinceMs);
}

function latestOf(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((ms) => ms !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

/** Of a container that is not there it is not known since when. */
function earliestOf(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((ms) => ms !== undefined);
  return known.length > 0 && known.length === times.length ? Math.min(...known) : undefined;
}
