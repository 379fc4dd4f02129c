import type { ActorContext } from '@bramble/actors/index.ts';
import { retryDelayMs } from './backoff.ts';
import type { ObservedPod, Trouble } from './observed.ts';
import { type Action, type Outcome, perform } from './perform.ts';
import { keyOf } from './steps.ts';
import { mustLook, noteContainer } from './worker-look.ts';
import type { WorkerMessage, WorkerPorts, WorkerState } from './worker-state.ts';

type Context = ActorContext<WorkerMessage>;

const firstCoolingMs = 1_000;
const maxCoolingMs = 30_000;

/** Begins a step, unless it is under way or failed a moment ago. Answers how long to wait in that case. */
export function begin(
  step: Action,
  state: WorkerState,
  ports: WorkerPorts,
  ctx: Context,
): number | undefined {
  const key = keyOf(step);
  const { desired, observed } = state;
  if (!desired || observed.busy.has(key)) return undefined;
  const leftMs = (state.cooling.get(key)?.untilMs ?? 0) - ctx.host.monotonic();
  if (leftMs > 0) return leftMs;
  state.observed = { ...observed, busy: new Set([...observed.busy, key]) };
  ctx.pipe(
    perform(step, desired, observed, ports),
    (outcome) => ({ type: 'performed', key, outcome }),
    (error) => ({ type: 'step-failed', key, error }),
  );
  return undefined;
}

export function performed(state: WorkerState, key: string, outcome: Outcome, ctx: Context): void {
  state.cooling.delete(key);
  state.observed = learn(without(state.observed, key), outcome, ctx.host.monotonic());
  if (outcome.type === 'created') noteContainer(state, outcome.id);
  const refused = outcome.type === 'refused';
  const touchesContainers = ['created', 'started', 'stopped', 'removed', 'refused'].includes(outcome.type);
  if (touchesContainers) mustLook(state, refused);
  if (refused) ctx.log('info', outcome.reason, { container: outcome.container, message: outcome.message });
  const stage = stageOf[outcome.type];
  if (state.stages && stage) state.stages[stage] ??= ctx.host.now();
}

/** What `bramble trace` calls the outcomes that it shows. */
const stageOf: { readonly [type in Outcome['type']]?: string } = {
  attached: 'network',
  pulled: 'pulled',
  created: 'created',
  started: 'started',
};

export function stepFailed(state: WorkerState, key: string, error: unknown, ctx: Context): void {
  state.observed = without(state.observed, key);
  // It may have written some of it, so that the pod has neither the old volumes nor the new ones.
  if (key.startsWith('prepare-volumes ')) state.observed = { ...state.observed, volumes: undefined };
  const failures = (state.cooling.get(key)?.failures ?? 0) + 1;
  const full = Math.min(maxCoolingMs, firstCoolingMs * 2 ** Math.min(failures - 1, 10));
  const delayMs = full * (0.5 + ctx.host.random() / 2);
  state.cooling.set(key, { failures, untilMs: ctx.host.monotonic() + delayMs });
  // Whether it took effect is not known, so what it may have made is searched for.
  mustLook(state, true);
  ctx.log('warn', 'a step failed and is tried again', { step: key, error, inMs: Math.round(delayMs) });
}

function without(observed: ObservedPod, key: string): ObservedPod {
  const busy = new Set(observed.busy);
  busy.delete(key);
  return { ...observed, busy };
}

function learn(observed: ObservedPod, outcome: Outcome, nowMs: number): ObservedPod {
  switch (outcome.type) {
    case 'attached':
      return { ...observed, networkPath: outcome.path, networkReleased: false };
    case 'prepared':
      return {
        ...observed,
        volumes: { digest: outcome.digest, paths: outcome.paths },
        volumesRemoved: false,
      };
    case 'pulled': {
      const pulled = new Map(observed.pulled).set(outcome.container, outcome.attempt);
      return { ...observed, pulled, troubles: lacking(observed.troubles, outcome.container, imageTroubles) };
    }
    case 'created':
      return { ...observed, troubles: lacking(observed.troubles, outcome.container, createTroubles) };
    case 'started':
      return { ...observed, troubles: lacking(observed.troubles, outcome.container, allTroubles) };
    case 'refused':
      return troubled(observed, outcome, nowMs);
    case 'detached':
      return { ...observed, networkPath: undefined, networkReleased: true };
    case 'volumes-removed':
      return { ...observed, volumes: undefined, volumesRemoved: true };
    default:
      return observed;
  }
}

const imageTroubles = ['ErrImagePull', 'ErrImageNeverPull'] as const;
const createTroubles = [...imageTroubles, 'CreateContainerConfigError', 'CreateContainerError'] as const;
/** A container that cannot be started is still in trouble when its successor has been created. */
const allTroubles = [...createTroubles, 'RunContainerError'] as const;

function lacking(
  troubles: ReadonlyMap<string, Trouble>,
  container: string,
  overcome: readonly Trouble['reason'][],
): ReadonlyMap<string, Trouble> {
  const trouble = troubles.get(container);
  if (!trouble || !overcome.includes(trouble.reason)) return troubles;
  const rest = new Map(troubles);
  rest.delete(container);
  return rest;
}

function troubled(
  observed: ObservedPod,
  { container, reason, message }: Extract<Outcome, { type: 'refused' }>,
  nowMs: number,
): ObservedPod {
  const before = observed.troubles.get(container);
  const failures = (before?.reason === reason ? before.failures : 0) + 1;
  const trouble = { reason, message, failures, sinceMs: nowMs, retryAtMs: nowMs + retryDelayMs(failures) };
  const pulled = new Map(observed.pulled);
  // An image that turned out not to be there is to be pulled again.
  if (reason.startsWith('ErrImage')) pulled.delete(container);
  return { ...observed, pulled, troubles: new Map(observed.troubles).set(container, trouble) };
}
