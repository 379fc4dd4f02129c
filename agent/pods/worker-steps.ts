import type { ActorContext } from '@bramble/actors/index.ts';
import { retryDelayMs } from './backoff.ts';
import { identityOf } from './labels.ts';
import type { ObservedPod, Trouble } from './observed.ts';
import { type Action, type Outcome, perform } from './perform.ts';
import { hooked, hookOf } from './perform-hook.ts';
import { keyOf } from './steps.ts';
import { remember } from './worker-health.ts';
import { forgetContainer, mustLook, noteContainer } from './worker-look.ts';
import { happeningsOf, tell } from './worker-notes.ts';
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
  if (step.type === 'stop-container' || step.type === 'pre-stop') noteStop(step, state, ports, ctx);
  if (sleeps(step, key, state, ctx)) return undefined;
  const onPull = ctx.listen(({ container, image }: { container: string; image: string }): WorkerMessage => {
    return { type: 'pulling', key, container, image };
  });
  ctx.pipe(
    perform(step, desired, observed, ports, (container, image) => onPull({ container, image })),
    (outcome) => ({ type: 'performed', key, outcome }),
    (error) => ({ type: 'step-failed', key, error }),
  );
  return undefined;
}

/** A hook that only sleeps is a timer. */
function sleeps(step: Action, key: string, { desired, observed }: WorkerState, ctx: Context): boolean {
  if (!desired || (step.type !== 'post-start' && step.type !== 'pre-stop')) return false;
  const sleep = hookOf(step, desired, observed)?.sleep;
  if (!sleep) return false;
  const outcome = hooked(step, observed, undefined);
  ctx.setTimer(`step ${key}`, sleep.seconds * 1_000, { type: 'performed', key, outcome });
  return true;
}

/** The kubelet's event Killing comes before the hook, and once for each reason. */
function noteStop(
  step: Extract<Action, { type: 'stop-container' | 'pre-stop' }>,
  state: WorkerState,
  ports: WorkerPorts,
  ctx: Context,
): void {
  const { id, message } = step;
  const { observed, killing } = state;
  if (step.type === 'pre-stop' && !observed.preStops.has(id)) {
    const begun = { sinceMs: ctx.host.monotonic(), done: false };
    state.observed = { ...observed, preStops: new Map(observed.preStops).set(id, begun) };
  }
  if (killing.get(id) === message) return;
  killing.set(id, message);
  const view = observed.containers.find((each) => each.id === id);
  const container = (view && identityOf(view.labels)?.container) ?? '';
  tell(state, ports, { type: 'Normal', reason: 'Killing', message, container }, ctx.host.now());
}

export function pulling(
  state: WorkerState,
  { key, container, image }: Extract<WorkerMessage, { type: 'pulling' }>,
  ports: WorkerPorts,
  ctx: Context,
): void {
  state.pulling.set(key, ctx.host.monotonic());
  const message = `Pulling image "${image}"`;
  tell(state, ports, { type: 'Normal', reason: 'Pulling', message, container }, ctx.host.now());
}

export function performed(
  state: WorkerState,
  key: string,
  outcome: Outcome,
  ports: WorkerPorts,
  ctx: Context,
): void {
  state.cooling.delete(key);
  const tookMs = ctx.host.monotonic() - (state.pulling.get(key) ?? ctx.host.monotonic());
  state.pulling.delete(key);
  for (const happening of happeningsOf(outcome, tookMs)) tell(state, ports, happening, ctx.host.now());
  state.observed = learn(without(state.observed, key), outcome, ctx.host);
  if (outcome.type === 'created') {
    noteContainer(state, outcome.id);
    tellUnapplied(state, outcome.unapplied, ports, ctx);
  }
  if (outcome.type === 'not-started')
    state.notStarted.set(outcome.id, { message: outcome.message, atMs: ctx.host.now() });
  if (outcome.type === 'removed') forgetContainer(state, outcome.id);
  if (outcome.type === 'hooked') remember(state, ports);
  const refused = outcome.type === 'refused';
  const touchesContainers = touching.has(outcome.type);
  if (touchesContainers) mustLook(state, refused);
  if (refused) ctx.log('info', outcome.reason, { container: outcome.container, message: outcome.message });
  const stage = stageOf[outcome.type];
  if (state.stages && stage) state.stages[stage] ??= ctx.host.now();
}

/** Once for all containers of the pod, and all their restarts. */
function tellUnapplied(
  state: WorkerState,
  unapplied: string | undefined,
  ports: WorkerPorts,
  ctx: Context,
): void {
  if (unapplied === undefined || state.unapplied === unapplied) return;
  state.unapplied = unapplied;
  tell(state, ports, { type: 'Warning', reason: 'LimitNotApplied', message: unapplied }, ctx.host.now());
}

/** Outcomes after which the containers may be others than before. */
const touching = new Set<Outcome['type']>(['created', 'started', 'not-started', 'stopped', 'refused']);

/** What `bramble trace` calls the outcomes that it shows. */
const stageOf: { readonly [type in Outcome['type']]?: string } = {
  attached: 'network',
  pulled: 'pulled',
  created: 'created',
  started: 'started',
};

export function stepFailed(state: WorkerState, key: string, error: unknown, ctx: Context): void {
  state.observed = without(state.observed, key);
  state.pulling.delete(key);
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

function learn(observed: ObservedPod, outcome: Outcome, host: Context['host']): ObservedPod {
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
    case 'started':
      return { ...observed, troubles: lacking(observed.troubles, outcome.container, createTroubles) };
    case 'hooked':
      return withHook(observed, outcome, host.now());
    case 'refused':
      return troubled(observed, outcome, host.monotonic());
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

function withHook(
  observed: ObservedPod,
  { hook, id, error }: Extract<Outcome, { type: 'hooked' }>,
  nowMs: number,
): ObservedPod {
  if (hook === 'PreStop') {
    const begun = observed.preStops.get(id);
    if (!begun) return observed;
    return { ...observed, preStops: new Map(observed.preStops).set(id, { ...begun, done: true }) };
  }
  const health = observed.health.get(id);
  if (!health) return observed;
  const postStart = error === undefined ? 'done' : 'failed';
  const changed = { ...health, postStart, postStartError: error ?? '', sinceMs: nowMs } as const;
  return { ...observed, health: new Map(observed.health).set(id, changed) };
}

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
