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
    conditions: conditionsOf(conditionFacts(input, containers), input.before?.conditions, input.nowMs),
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
  const attached = usesHostNetwork(desired) || observed.networkPath !== undefined;
  const pods = attached ? podAddresses(desired) : [];
  return {
    ...(hosts[0] ? { hostIP: hosts[0], hostIPs: hosts.slice(0, 2).map((ip) => ({ ip })) } : {}),
    ...(pods[0] ? { podIP: pods[0], podIPs: pods.map((ip) => ({ ip })) } : {}),
  };
}

function conditionFacts(input: StatusInput, containers: readonly PodContainer[]): ConditionFact[] {
  const { desired, observed, ending } = input;
  const receivedMs = desired.receivedAtMs;
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
  const sinceMs = ready
    ? latest(serving, 'startedAt', receivedMs)
    : latest(serving, 'finishedAt', receivedMs);
  const sandbox = usesHostNetwork(desired) || observed.networkPath !== undefined;
  return [
    { type: 'PodReadyToStartContainers', status: sandbox && !ending, sinceMs: receivedMs },
    {
      type: 'Initialized',
      status: initialized,
      ...(initialized && completed ? { reason: 'PodCompleted' } : initFact),
      sinceMs: receivedMs,
    },
    { type: 'Ready', status: ready, ...readyFact, sinceMs },
    { type: 'ContainersReady', status: ready, ...readyFact, sinceMs },
    { type: 'PodScheduled', status: true, sinceMs: receivedMs },
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

function latest(
  containers: readonly PodContainer[],
  which: 'startedAt' | 'finishedAt',
  otherwiseMs: number,
): number {
  const times = containers.map(({ current }) => millisecondsOf(current?.view[which] ?? ''));
  return Math.max(otherwiseMs, ...times.filter((ms) => ms !== undefined));
}
