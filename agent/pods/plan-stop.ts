import type { Container, LifecycleHandler } from '@bramble/protocol/schema/types.generated.ts';
import type { ContainerView } from '../runtime/port.ts';
import type { Clock, DesiredPod } from './desired.ts';
import { identityOf } from './labels.ts';
import type { ObservedPod } from './observed.ts';
import type { Step } from './steps.ts';

/** The kubelet's: however long the hook took, so much is left between SIGTERM and SIGKILL. */
const leastGraceSeconds = 2;

export interface StopOrder {
  /** Names the order: a shorter grace is another order, and is carried out beside the first. */
  readonly order: string;
  readonly graceSeconds: number;
  /** Milliseconds since the epoch from which the grace counts; absent: from when the hook, or the stop, begins. */
  readonly sinceMs?: number;
  /** What the event says. */
  readonly message: string;
}

/** The next step on a running container's way to its end: the hook before it, within the grace, and then the signal. */
export function stopSteps(
  view: ContainerView,
  { order, graceSeconds, sinceMs, message }: StopOrder,
  desired: DesiredPod,
  observed: ObservedPod,
  clock: Clock,
): Step[] {
  const hook = observed.preStops.get(view.id);
  const begunMs = sinceMs === undefined ? (hook?.sinceMs ?? clock.monotonicMs) : sinceMs;
  const nowMs = sinceMs === undefined ? clock.monotonicMs : clock.wallMs;
  const left = Math.min(
    graceSeconds,
    Math.max(0, Math.ceil((begunMs + graceSeconds * 1_000 - nowMs) / 1_000)),
  );
  const handler = preStopOf(specOf(view, desired));
  if (handler && left > 0 && !hook?.done) {
    // Whether or not the hook ends, the grace does.
    const wait: Step = { type: 'wait', delayMs: Math.max(1, begunMs + graceSeconds * 1_000 - nowMs) };
    // Also when it was begun: the runtime may not have answered, and has to be asked again.
    return [{ type: 'pre-stop', id: view.id, graceSeconds: left, message }, wait];
  }
  const least = handler && graceSeconds > 0 ? leastGraceSeconds : 0;
  return [{ type: 'stop-container', id: view.id, graceSeconds: Math.max(least, left), order, message }];
}

/** The part of the pod that a container was made for. */
export function specOf({ labels }: ContainerView, { pod }: DesiredPod): Container | undefined {
  const name = identityOf(labels)?.container;
  const all = [...(pod?.spec?.initContainers ?? []), ...(pod?.spec?.containers ?? [])];
  return all.find((container) => container.name === name);
}

function preStopOf(container: Container | undefined): LifecycleHandler | undefined {
  return container?.lifecycle?.preStop;
}
