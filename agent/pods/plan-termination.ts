import type { Container } from '@bramble/protocol/schema/types.generated.ts';
import type { ContainerView } from '../runtime/port.ts';
import { type Clock, type DesiredPod, graceOf, type PlannedPod } from './desired.ts';
import { identityOf } from './labels.ts';
import type { ObservedPod } from './observed.ts';
import { type StopOrder, specOf, stopSteps } from './plan-stop.ts';
import { type Ending, makesSomething, type Step } from './steps.ts';

/** Stop, remove, take network and volumes away, and say so: each when the one before is done. */
export function planTermination(desired: DesiredPod, observed: ObservedPod, clock: Clock): Step[] {
  if (observed.containers.some(isUp)) {
    const { sinceMs, graceSeconds } = desired.terminate ?? { sinceMs: clock.wallMs, graceSeconds: 0 };
    const order = `terminate ${sinceMs} ${graceSeconds}`;
    return stopAll({ order, graceSeconds, sinceMs }, desired, observed, clock);
  }
  // What is being made now would be left behind.
  if (makesSomething(observed.busy)) return [];
  if (observed.containers.length > 0)
    return observed.containers.map(({ id }) => ({ type: 'remove-container', id }));
  const steps: Step[] = [];
  if (!observed.networkReleased) steps.push({ type: 'detach-network' });
  if (!observed.volumesRemoved) steps.push({ type: 'remove-volumes' });
  return steps.length > 0 ? steps : [{ type: 'gone' }];
}

/** The main containers first, at once; when these have ended those that serve them, the last that was started first. */
function stopAll(
  order: Omit<StopOrder, 'message'>,
  desired: DesiredPod,
  observed: ObservedPod,
  clock: Clock,
): Step[] {
  const running = observed.containers.filter(isUp);
  const mains = running.filter((view) => identityOf(view.labels)?.init !== true);
  const next = mains.length > 0 ? mains : lastStarted(running, desired);
  return next.flatMap((view) => {
    const name = identityOf(view.labels)?.container ?? '';
    return stopSteps(view, { ...order, message: `Stopping container ${name}` }, desired, observed, clock);
  });
}

function lastStarted(running: readonly ContainerView[], desired: DesiredPod): ContainerView[] {
  const order: readonly (Container | undefined)[] = desired.pod?.spec?.initContainers ?? [];
  const place = (view: ContainerView): number => order.indexOf(specOf(view, desired));
  const last = Math.max(...running.map(place));
  return running.filter((view) => place(view) === last);
}

/** For a pod that has ended by itself: what still runs is stopped, the end made durable, the network given back. */
export function planEnding(
  desired: PlannedPod,
  observed: ObservedPod,
  ending: Ending | undefined,
  clock: Clock,
): Step[] {
  // Without its pod a container is left alone: nobody has ordered its end.
  if (!desired.pod) return [];
  if (observed.containers.some(isUp))
    return stopAll({ order: 'ended', graceSeconds: graceOf(desired) }, desired, observed, clock);
  if (makesSomething(observed.busy)) return [];
  if (ending) return [{ type: 'finish', ending }];
  return observed.networkReleased ? [] : [{ type: 'detach-network' }];
}

function isUp({ state }: ContainerView): boolean {
  return state === 'running';
}
