import type { Pod, PodSpec } from '@bramble/protocol/schema/types.generated.ts';
import type { ContainerView } from '../../runtime/port.ts';
import { containerDigest } from '../container-spec.ts';
import type { Clock, DesiredPod, PlannedPod } from '../desired.ts';
import { containerName, labelsOf } from '../labels.ts';
import { nothingObserved, type ObservedPod } from '../observed.ts';
import type { Step } from '../steps.ts';
import { withVolumes } from '../volumes.ts';
import { boardFacts, podObject } from './objects.ts';

export const startMs = Date.UTC(2026, 0, 1);
export const clock: Clock = { wallMs: startMs + 60_000, monotonicMs: 60_000 };
export const containers = [
  { name: 'web', image: 'localhost/web:1' },
  { name: 'side', image: 'localhost/side:1' },
];

export function desired(spec: Partial<PodSpec> = {}, rest: Partial<DesiredPod> = {}): PlannedPod {
  const pod = podObject('a', { containers, ...spec }) as unknown as Pod;
  return withVolumes({
    uid: 'uid-a',
    namespace: 'default',
    name: 'a',
    storeId: 's',
    digest: 'd',
    pod,
    addresses: ['10.42.1.2'],
    receivedAtMs: startMs,
    terminate: undefined,
    final: undefined,
    data: new Map(),
    board: boardFacts(),
    ...rest,
  });
}

export interface ViewOptions {
  readonly state?: ContainerView['state'];
  readonly attempt?: number;
  readonly failures?: number;
  readonly exitCode?: number;
  readonly endedMsAgo?: number;
  readonly specDigest?: string;
  readonly bootId?: string;
  readonly init?: boolean;
}

export function view(container: string, options: ViewOptions = {}): ContainerView {
  const { state = 'running', attempt = 0, failures = 0, exitCode = 1, endedMsAgo = 1_000 } = options;
  const spec = containers.find(({ name }) => name === container);
  const specDigest = options.specDigest ?? (spec ? containerDigest(spec) : '');
  const { bootId = 'first-boot', init = false } = options;
  const owner = { uid: 'uid-a', namespace: 'default', pod: 'a', storeId: 's' };
  const identity = { ...owner, container, attempt, failures, specDigest, init, bootId };
  const endedMs = clock.wallMs - endedMsAgo;
  return {
    id: `${container}-${attempt}`,
    name: containerName(identity),
    image: '',
    imageId: '',
    labels: labelsOf(identity),
    state,
    pid: 0,
    exitCode: state === 'exited' ? exitCode : undefined,
    outOfMemory: false,
    error: '',
    startedAt: new Date(endedMs - 500).toISOString(),
    finishedAt: state === 'exited' ? new Date(endedMs).toISOString() : '',
  };
}

export function observed(pod: PlannedPod, rest: Partial<ObservedPod> = {}): ObservedPod {
  const digest = pod.volumes.ok ? pod.volumes.value.digest : '';
  const volumes = { digest, paths: new Map([['bramble.hosts', '/v']]) };
  return { ...nothingObserved, networkPath: '/netns/a', volumes, ...rest };
}

/** `type subject` of each step: enough to compare. */
export function brief(steps: readonly Step[]): string[] {
  return steps.map((step) => {
    if (step.type === 'create-container') return `create ${step.container} ${step.attempt}/${step.failures}`;
    if (step.type === 'pull-image') return `pull ${step.container} ${step.attempt} ${step.policy}`;
    if (step.type === 'stop-container') return `stop ${step.id} ${step.graceSeconds}`;
    if (step.type === 'wait') return `wait ${step.delayMs}`;
    if ('id' in step) return `${step.type.split('-')[0]} ${step.id}`;
    return step.type;
  });
}

/** Told to go four seconds ago, with ten to do it. */
export const ended = { terminate: { sinceMs: clock.wallMs - 4_000, graceSeconds: 10 } };
