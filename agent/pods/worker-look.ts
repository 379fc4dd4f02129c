import type { ActorContext } from '@bramble/actors/index.ts';
import type { ContainerRuntime, ContainerView } from '../runtime/port.ts';
import { podUidOf } from './labels.ts';
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

export function looked(state: WorkerState, containers: readonly ContainerView[]): void {
  state.looking = false;
  state.lookFailures = 0;
  state.knownIds = new Set([...containers.map(({ id }) => id), ...state.newIds]);
  state.observed = { ...state.observed, containers };
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
  const known = new Map(state.observed.containers.map((view) => [view.id, view.state]));
  return listed.length !== known.size || listed.some(({ id, state: now }) => known.get(id) !== now);
}
