import type {
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
} from '@bramble/protocol/schema/types.generated.ts';
import type { ContainerView } from '../runtime/port.ts';
import type { Waiting } from './observed.ts';
import { hasSucceeded, isDone, isHooked, isReady, isStarted, type PodContainer } from './pod-containers.ts';
import { kubernetesTime } from './times.ts';

/** One container as Kubernetes' ContainerStatus tells it. */
export function containerStatus(
  container: PodContainer,
  waiting: Waiting | undefined,
  runtime: string,
  /** Why a container is not there that nothing else is said of. */
  notBegun: string,
): ContainerStatus {
  const { current, older } = container;
  const view = current?.view;
  const state = stateOf(container, waiting ?? { reason: notBegun }, waiting !== undefined, runtime);
  const ended = state.terminated === undefined && view?.state === 'exited' ? view : older[0]?.view;
  return {
    name: container.container.name,
    image: container.container.image ?? '',
    imageID: view?.imageId ?? '',
    ...(view ? { containerID: `${runtime}://${view.id}` } : {}),
    state,
    lastState: ended ? { terminated: terminated(ended, runtime) } : {},
    ready: container.role === 'init' ? hasSucceeded(container) : isReady(container),
    started: isStarted(container),
    restartCount: current?.identity.attempt ?? 0,
  };
}

function stateOf(
  container: PodContainer,
  { reason, message }: Waiting,
  isAwaited: boolean,
  runtime: string,
): ContainerState {
  const view = container.current?.view;
  if (view?.state === 'running' && !isHooked(container)) {
    const startedAt = kubernetesTime(view.startedAt);
    return { running: startedAt === undefined ? {} : { startedAt } };
  }
  if (view?.state === 'exited' && (!isAwaited || isDone(container)))
    return { terminated: terminated(view, runtime) };
  return { waiting: message ? { reason, message } : { reason } };
}

/** What containerd says of a container that could not be started, and kubectl prints less badly than year 1. */
const neverStarted = '1970-01-01T00:00:00Z';

function terminated(view: ContainerView, runtime: string): ContainerStateTerminated {
  const exitCode = view.exitCode ?? 128;
  const startedAt = kubernetesTime(view.startedAt) ?? neverStarted;
  const finishedAt = kubernetesTime(view.finishedAt);
  const message = view.error || view.terminationMessage;
  return {
    exitCode,
    reason: reasonOf(view, exitCode),
    ...(message ? { message } : {}),
    startedAt,
    ...(finishedAt ? { finishedAt } : {}),
    containerID: `${runtime}://${view.id}`,
  };
}

function reasonOf(view: ContainerView, exitCode: number): string {
  if (view.outOfMemory) return 'OOMKilled';
  if (view.startedAt === '') return 'StartError';
  return exitCode === 0 ? 'Completed' : 'Error';
}
