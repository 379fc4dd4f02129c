import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import type { ContainerView } from '../runtime/port.ts';
import type { Clock } from './desired.ts';
import { identityOf } from './labels.ts';
import { planSteps } from './plan-steps.ts';
import type { Ending, Step } from './steps.ts';
import { forgetOutdated } from './troubles.ts';
import { withVolumes } from './volumes.ts';
import { probed, probeWhatRuns } from './worker-health.ts';
import { differs, look, looked, lookFailed, mustLook, noteContainer, noteEnds } from './worker-look.ts';
import { memoryHappenings, tell, waitingHappenings } from './worker-notes.ts';
import { reportChange, reportIfDue, statusNow } from './worker-report.ts';
import {
  type FoundContainer,
  newWorkerState,
  type WorkerMessage,
  type WorkerPorts,
  type WorkerState,
} from './worker-state.ts';
import { begin, performed, pulling, stepFailed } from './worker-steps.ts';

type Context = ActorContext<WorkerMessage>;

/** Brings one pod to what is desired of it and keeps it there: look, plan, perform, and look again. */
export function podWorker(ports: WorkerPorts): Actor<WorkerState, WorkerMessage> {
  return {
    inbox: {
      capacity: 256,
      overflow: 'drop-oldest',
      conflate: conflationKey,
    },
    start() {
      // What is desired comes as the answer, after a first start and after a crash alike.
      ports.manager.send({ type: 'worker-started', uid: ports.uid });
      return newWorkerState();
    },
    receive(state, message, ctx) {
      if (message.type === 'find') message.replyTo.send(find(state, message.container));
      else if (message.type === 'running') message.reply(running(state));
      else if (message.type === 'report') reportIfDue(state, ports, ctx);
      else if (message.type === 'look') look(state, ports, ctx);
      else if (message.type === 'probed') {
        // Probes beat, and what they say is mostly what is known.
        if (probed(state, message, ports, ctx)) advance(state, ports, ctx);
      } else if (message.type !== 'listed' || isNews(state, message.containers)) {
        take(state, message, ports, ctx);
        advance(state, ports, ctx);
      }
      return state;
    },
  };
}

function conflationKey(message: WorkerMessage): string | undefined {
  if (message.type === 'find' || message.type === 'running' || message.type === 'probed') return undefined;
  return message.type === 'runtime-event' ? `event ${message.id}` : message.type;
}

/** The slow full look mostly finds what is known, of pods that need nothing: planning them anew would only make garbage. */
function isNews(state: WorkerState, listed: readonly ContainerView[]): boolean {
  return !state.atRest || differs(state, listed);
}

function take(state: WorkerState, message: WorkerMessage, ports: WorkerPorts, ctx: Context): void {
  switch (message.type) {
    case 'desired':
      return takeDesired(state, message, ports);
    case 'listed':
      if (differs(state, message.containers)) mustLook(state, true);
      return;
    case 'runtime-event':
      // Most removals are our own, and known.
      if (!message.removed || state.knownIds.has(message.id)) noteContainer(state, message.id);
      return;
    case 'looked':
      for (const happening of memoryHappenings(state.observed.containers, message.containers))
        tell(state, ports, happening, ctx.host.now());
      return looked(state, message.containers, ports);
    case 'look-failed':
      return lookFailed(state, message.error, ctx);
    case 'performed':
      return performed(state, message.key, message.outcome, ports, ctx);
    case 'step-failed':
      return stepFailed(state, message.key, message.error, ctx);
    case 'pulling':
      return pulling(state, message, ports, ctx);
    case 'prober-started':
      state.probing = '';
      return;
    case 'retry':
      return state.cooling.clear();
    default:
      return;
  }
}

function takeDesired(
  state: WorkerState,
  message: Extract<WorkerMessage, { type: 'desired' }>,
  ports: WorkerPorts,
): void {
  const { desired, containers, journaledAtMs } = message;
  const first = state.desired === undefined;
  if (state.desired?.terminate && !desired.terminate) beginAfresh(state);
  if (state.desired) state.observed = forgetOutdated(state.observed, state.desired, desired);
  state.desired = withVolumes(desired);
  if (!first) return;
  if (journaledAtMs !== undefined)
    state.stages = { received: desired.receivedAtMs, journaled: journaledAtMs };
  if (!containers) return;
  looked(state, containers, ports);
  state.searchNext = false;
  state.fresh = true;
}

/** The pod was told to go, and is wanted again: what it ended with is no longer true. */
function beginAfresh(state: WorkerState): void {
  state.gone = false;
  state.final = undefined;
  state.status = undefined;
  state.observed = { ...state.observed, networkReleased: false, volumesRemoved: false };
  mustLook(state, true);
}

function advance(state: WorkerState, ports: WorkerPorts, ctx: Context): void {
  state.atRest = false;
  if (!state.desired || state.looking) return;
  if (!state.fresh) {
    // A look that failed is repeated by its timer, not by whatever message comes next.
    if (state.lookFailures === 0) look(state, ports, ctx);
    return;
  }
  const clock: Clock = { wallMs: ctx.host.now(), monotonicMs: ctx.host.monotonic() };
  noteEnds(state, clock.monotonicMs);
  const plan = planSteps(state.desired, state.observed, clock);
  for (const happening of waitingHappenings(state.waiting, plan.waiting, state))
    tell(state, ports, happening, clock.wallMs);
  state.waiting = plan.waiting;
  const waits = plan.steps.map((step) => carryOut(step, state, ports, ctx)).filter((ms) => ms !== undefined);
  if (waits.length > 0) ctx.setTimer('wake', Math.max(1, Math.min(...waits)), { type: 'wake' });
  else ctx.cancelTimer('wake');
  const probed = probeWhatRuns(state, ports, ctx);
  const told = reportChange(state, ports, ctx);
  state.atRest = plan.steps.length === 0 && probed && told;
}

/** Answers in how many milliseconds to plan again, if something must be waited for. */
function carryOut(step: Step, state: WorkerState, ports: WorkerPorts, ctx: Context): number | undefined {
  switch (step.type) {
    case 'wait':
      return step.delayMs;
    case 'gone':
      state.gone = true;
      return undefined;
    case 'finish':
      finish(state, step.ending, ports, ctx);
      return undefined;
    default:
      return begin(step, state, ports, ctx);
  }
}

function finish(state: WorkerState, ending: Ending, ports: WorkerPorts, ctx: Context): void {
  if (state.final) return;
  const status = statusNow(state, ending, ctx);
  if (ports.manager.send({ type: 'finished', uid: ports.uid, status })) state.final = status;
}

function find(state: WorkerState, name: string): FoundContainer {
  const { desired, observed } = state;
  const attempts = observed.containers
    .filter(({ labels }) => identityOf(labels)?.container === name)
    .sort((a, b) => attemptOf(b.labels) - attemptOf(a.labels));
  const spec = desired?.pod?.spec;
  const declared = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return {
    pod: desired?.name ?? '',
    known: attempts.length > 0 || declared.some((container) => container.name === name),
    current: attempts[0],
    // While it waits to be started again, the attempt that ended last is the previous one.
    previous: attempts[0]?.state === 'exited' && state.waiting.has(name) ? attempts[0] : attempts[1],
    waiting: state.waiting.get(name)?.reason ?? 'ContainerCreating',
  };
}

function running({ observed }: WorkerState): ContainerView[] {
  return observed.containers.filter(({ state }) => state === 'running');
}

function attemptOf(labels: Readonly<Record<string, string>>): number {
  return identityOf(labels)?.attempt ?? 0;
}
