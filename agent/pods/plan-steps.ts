import { type Clock, type PlannedPod, usesHostNetwork } from './desired.ts';
import type { ObservedPod, Waiting } from './observed.ts';
import { endingOf, overdueMs } from './phase.ts';
import { planContainer, type Situation } from './plan-container.ts';
import { planEnding, planTermination } from './plan-termination.ts';
import {
  containersOf,
  creating,
  isDone,
  isInitialized,
  isPassed,
  isRunning,
  notBegun,
  type PodContainer,
} from './pod-containers.ts';
import type { Plan, Step } from './steps.ts';

/**
 * What to do next for one pod, given what was ordered and what is there: all steps that can be taken now. No clock,
 * no disk, no runtime; it is asked again after each step, until nothing is left but waiting.
 */
export function planSteps(desired: PlannedPod, observed: ObservedPod, clock: Clock): Plan {
  if (desired.terminate) return plan(planTermination(desired, observed, clock));
  if (desired.final || !desired.pod) return plan(planEnding(desired, observed, undefined, clock));
  const containers = containersOf(desired, observed);
  const ending = endingOf(desired, containers, clock);
  if (ending) return plan(planEnding(desired, observed, ending, clock));
  const sandbox = planSandbox(desired, observed);
  const situation: Situation = { desired, observed, clock, blocked: sandbox.blocked };
  const decided = planContainers(containers, situation);
  const overdue = overdueMs(desired, clock);
  const deadline: Step[] = overdue === undefined ? [] : [{ type: 'wait', delayMs: Math.max(1, -overdue) }];
  return { steps: [...sandbox.steps, ...decided.steps, ...deadline], waiting: decided.waiting };
}

function plan(steps: readonly Step[]): Plan {
  return { steps, waiting: new Map() };
}

/** Network and volumes: made before the first container starts, volumes again when what they hold has changed. */
function planSandbox(
  desired: PlannedPod,
  observed: ObservedPod,
): { steps: Step[]; blocked: Waiting | undefined } {
  const steps: Step[] = [];
  const needsNetwork = !usesHostNetwork(desired) && observed.networkPath === undefined;
  if (needsNetwork && desired.addresses.length > 0) steps.push({ type: 'attach-network' });
  const { volumes } = desired;
  if (!volumes.ok) return { steps, blocked: { reason: creating, message: volumes.message } };
  const stale = observed.volumes?.digest !== volumes.value.digest;
  // One at a time: of two that are under way the older one might have the last word on the disk.
  if (stale && !isPreparing(observed)) steps.push({ type: 'prepare-volumes', digest: volumes.value.digest });
  if (needsNetwork && desired.addresses.length === 0) {
    const message = 'this board has no free pod address: its pod CIDR is used up, or was not told yet';
    return { steps, blocked: { reason: creating, message } };
  }
  return { steps, blocked: needsNetwork || stale ? { reason: creating } : undefined };
}

function isPreparing({ busy }: ObservedPod): boolean {
  for (const key of busy) if (key.startsWith('prepare-volumes ')) return true;
  return false;
}

function planContainers(containers: readonly PodContainer[], situation: Situation): Plan {
  const steps: Step[] = [];
  const waiting = new Map<string, Waiting>();
  const initialized = isInitialized(containers);
  let open = true;
  for (const container of containers) {
    const { name } = container.container;
    const wanted =
      container.role === 'main' ? initialized : open && !(initialized && container.role === 'init');
    if (!wanted) {
      if (isAwaited(container)) waiting.set(name, { reason: 'PodInitializing' });
      continue;
    }
    const decision = planContainer(container, situation);
    steps.push(...decision.steps);
    if (decision.waiting) waiting.set(name, nameWaiting(decision.waiting, containers));
    if (container.role !== 'main' && !initialized && !isPassed(container)) open = false;
  }
  return { steps, waiting };
}

/** A container that will be started when the init containers have ended. */
function isAwaited(container: PodContainer): boolean {
  return container.role === 'main' ? !isRunning(container) && !isDone(container) : !container.current;
}

/** In a pod with init containers the kubelet calls what is merely not there yet PodInitializing. */
function nameWaiting(waiting: Waiting, containers: readonly PodContainer[]): Waiting {
  return waiting.reason === creating ? { ...waiting, reason: notBegun(containers) } : waiting;
}
