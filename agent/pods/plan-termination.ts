import type { ContainerView } from '../runtime/port.ts';
import { type Clock, type DesiredPod, graceOf, type PlannedPod } from './desired.ts';
import { identityOf } from './labels.ts';
import type { ObservedPod } from './observed.ts';
import { type Ending, makesSomething, type Step } from './steps.ts';

/** Stop, remove, take network and volumes away, and say so: each when the one before is done. */
export function planTermination(desired: DesiredPod, observed: ObservedPod, clock: Clock): Step[] {
  if (observed.containers.some(isUp)) return stopSteps(desired, observed, clock);
  // What is being made now would be left behind.
  if (makesSomething(observed.busy)) return [];
  if (observed.containers.length > 0)
    return observed.containers.map(({ id }) => ({ type: 'remove-container', id }));
  const steps: Step[] = [];
  if (!observed.networkReleased) steps.push({ type: 'detach-network' });
  if (!observed.volumesRemoved) steps.push({ type: 'remove-volumes' });
  return steps.length > 0 ? steps : [{ type: 'gone' }];
}

function stopSteps(desired: DesiredPod, observed: ObservedPod, clock: Clock): Step[] {
  const { sinceMs, graceSeconds } = desired.terminate ?? { sinceMs: clock.wallMs, graceSeconds: 0 };
  const left = Math.ceil((sinceMs + graceSeconds * 1_000 - clock.wallMs) / 1_000);
  const grace = Math.min(graceSeconds, Math.max(0, left));
  return stopAll(observed, grace, `terminate ${sinceMs} ${graceSeconds}`);
}

/** The main containers first; those that serve them, when these have ended. */
function stopAll(observed: ObservedPod, graceSeconds: number, order: string): Step[] {
  const running = observed.containers.filter(isUp);
  const mains = running.filter((view) => identityOf(view.labels)?.init !== true);
  return (mains.length > 0 ? mains : running).map(({ id }) => ({
    type: 'stop-container',
    id,
    graceSeconds,
    order,
  }));
}

/** For a pod that has ended by itself: what still runs is stopped, the end made durable, the network given back. */
export function planEnding(desired: PlannedPod, observed: ObservedPod, ending: Ending | undefined): Step[] {
  // Without its pod a container is left alone: nobody has ordered its end.
  if (!desired.pod) return [];
  if (observed.containers.some(isUp)) return stopAll(observed, graceOf(desired), 'ended');
  if (makesSomething(observed.busy)) return [];
  if (ending) return [{ type: 'finish', ending }];
  return observed.networkReleased ? [] : [{ type: 'detach-network' }];
}

function isUp({ state }: ContainerView): boolean {
  return state === 'running';
}
