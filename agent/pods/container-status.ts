import type {
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
} from '@bramble/protocol/schema/types.generated.ts';
import type { ContainerView } from '../runtime/port.ts';
import type { Waiting } from './observed.ts';
import { exitCodeOf, hasSucceeded, isDone, isRunning, type PodContainer } from './pod-containers.ts';
import { kubernetesTime } from './times.ts';

/** One container as Kubernetes' ContainerStatus tells it. */
export function containerStatus(
  container: PodContainer,
  waiting: Waiting | undefined,
  runtime: string,
): ContainerStatus {
  const { current, older } = container;
  const view = current?.view;
  const state = stateOf(container, waiting, runtime);
  const ended = state.terminated === undefined && view?.state === 'exited' ? view : older[0]?.view;
  const up = isRunning(container);
  return {
    name: container.container.name,
    image: container.container.image ?? '',
    imageID: view?.imageId ?? '',
    ...(view ? { containerID: `${runtime}://${view.id}` } : {}),
    state,
    lastState: ended ? { terminated: terminated(ended, runtime) } : {},
    ready: container.role === 'init' ? hasSucceeded(container) : up,
    started: up,
    restartCount: current?.identity.attempt ?? 0,
  };
}

function stateOf(container: PodContainer, waiting: Waiting | undefined, runtime: string): ContainerState {
  const view = container.current?.view;
  if (view?.state === 'running') {
    const startedAt = kubernetesTime(view.startedAt);
    return { running: startedAt === undefined ? {} : { startedAt } };
  }
  if (view?.state === 'exited' && (!waiting || isDone(container)))
    return { terminated: terminated(view, runtime) };
  const exitCode = exitCodeOf(container);
  if (exitCode !== undefined && isDone(container)) {
    const message = container.trouble?.message;
    return { terminated: { exitCode, reason: 'StartError', ...(message ? { message } : {}) } };
  }
  const { reason, message } = waiting ?? { reason: 'ContainerCreating' };
  return { waiting: message ? { reason, message } : { reason } };
}

function terminated(view: ContainerView, runtime: string): ContainerStateTerminated {
  const exitCode = view.exitCode ?? 128;
  const startedAt = kubernetesTime(view.startedAt);
  const finishedAt = kubernetesTime(view.finishedAt);
  return {
    exitCode,
    reason: reasonOf(view, exitCode),
    ...(view.error ? { message: view.error } : {}),
    ...(startedAt ? { startedAt } : {}),
    ...(finishedAt ? { finishedAt } : {}),
    containerID: `${runtime}://${view.id}`,
  };
}

function reasonOf(view: ContainerView, exitCode: number): string {
  if (view.outOfMemory) return 'OOMKilled';
  if (view.startedAt === '') return 'StartError';
  return exitCode === 0 ? 'Completed' : 'Error';
}
