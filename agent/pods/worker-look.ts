import type { ActorContext } from '@bramble/actors/index.ts';
import type { ContainerRuntime, ContainerView } from '../runtime/port.ts';
import { podUidOf } from './labels.ts';
import { timeOfMs } from './times.ts';
import { seeHealth } from './worker-health.ts';
import type { WorkerMessage, WorkerPorts, WorkerState } from './worker-state.ts';

type Context = ActorContext<WorkerMessage>;

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;

/** What is known of the containers may be out of date; the next plan waits for a look. */
export function mustLook(state: WorkerState, search: boolean): void {
  state.fresh = false;
  if (search) state.searchNext = true;
}

/** Learns of a container, which the next look includes. */
export function noteContainer(state: WorkerState, id: string): void {
  state.knownIds = new Set([...state.knownIds, id]);
  state.newIds = new Set([...state.newIds, id]);
  mustLook(state, false);
}

/** What the runtime has removed needs no look. */
export function forgetContainer(state: WorkerState, id: string): void {
  const others = (ids: ReadonlySet<string>): Set<string> => new Set([...ids].filter((each) => each !== id));
  state.knownIds = others(state.knownIds);
  state.newIds = others(state.newIds);
  // A look that is under way may have found it still.
  if (state.looking) mustLook(state, false);
  const containers = state.observed.containers.filter((view) => view.id !== id);
  state.observed = { ...state.observed, containers };
}

/** Looks at the pod's containers, one look at a time, so that an older one cannot overwrite a newer. */
export function look(state: WorkerState, ports: WorkerPorts, ctx: Context): void {
  if (state.looking) return;
  state.looking = true;
  state.fresh = true;
  state.newIds = new Set();
  const search = state.searchNext;
  state.searchNext = false;
  const views = search ? searchFor(ports) : inspectAll([...state.knownIds], ports.runtime);
  ctx.pipe(
    views,
    (containers) => ({ type: 'looked', containers }),
    (error) => ({ type: 'look-failed', error }),
  );
}

async function searchFor({ runtime, uid }: WorkerPorts): Promise<ContainerView[]> {
  return (await runtime.list()).filter(({ labels }) => podUidOf(labels) === uid);
}

async function inspectAll(ids: readonly string[], runtime: ContainerRuntime): Promise<ContainerView[]> {
  const views = await Promise.all(ids.map((id) => runtime.inspect(id)));
  return views.filter((view) => view !== undefined);
}

export function looked(state: WorkerState, found: readonly ContainerView[], ports: WorkerPorts): void {
  const containers = found.map((view) => asEnded(state, view));
  state.looking = false;
  state.lookFailures = 0;
  state.knownIds = new Set([...containers.map(({ id }) => id), ...state.newIds]);
  state.observed = { ...state.observed, containers };
  forgetAll(state);
  seeHealth(state, ports);
}

/** Notes which containers have ended, by a clock that does not jump. */
export function noteEnds(state: WorkerState, nowMs: number): void {
  const { containers, endedMs } = state.observed;
  const ended = containers.filter((view) => view.state === 'exited').map(({ id }) => id);
  if (ended.length === endedMs.size && ended.every((id) => endedMs.has(id))) return;
  const noted = new Map(ended.map((id) => [id, endedMs.get(id) ?? nowMs]));
  state.observed = { ...state.observed, endedMs: noted };
}

/** A container whose command could not be run has ended, as the kubelet has it: with exit code 128, and no start. */
function asEnded({ notStarted }: WorkerState, view: ContainerView): ContainerView {
  const failure = notStarted.get(view.id);
  if (!failure || view.state === 'running') return view;
  const { message, atMs } = failure;
  return {
    ...view,
    state: 'exited',
    exitCode: 128,
    error: message,
    startedAt: '',
    finishedAt: timeOfMs(atMs),
  };
}

/** What is remembered of single containers goes with them. */
function forgetAll({ notStarted, killing, knownIds }: WorkerState): void {
  for (const map of [notStarted, killing]) for (const id of map.keys()) if (!knownIds.has(id)) map.delete(id);
}

/** The runtime does not answer: nothing is done to a pod that cannot be seen. */
export function lookFailed(state: WorkerState, error: unknown, ctx: Context): void {
  state.looking = false;
  mustLook(state, true);
  const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(state.lookFailures, 10));
  if (state.lookFailures === 0) ctx.log('warn', 'the containers cannot be looked at', { error });
  state.lookFailures += 1;
  ctx.setTimer('look', delayMs * (0.5 + ctx.host.random() / 2), { type: 'look' });
}

/** Whether a list made elsewhere shows something that this worker does not know. */
export function differs(state: WorkerState, listed: readonly ContainerView[]): boolean {
  const { containers } = state.observed;
  if (listed.length === containers.length && listed.every((view, at) => view === containers[at]))
    return false;
  const known = new Map(state.observed.containers.map((view) => [view.id, view.state]));
  return (
    listed.length !== known.size || listed.some((view) => known.get(view.id) !== asEnded(state, view).state)
  );
}
