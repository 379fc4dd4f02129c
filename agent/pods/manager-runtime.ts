import type { ContainerView, RuntimeEvent } from '../runtime/port.ts';
import { identityOf, podUidOf } from './labels.ts';
import type { Orphan } from './ledger.ts';
import { settleIfAsked } from './manager-found.ts';
import type { ManagerContext, ManagerState, PodsPorts } from './manager-state.ts';
import { failureDelayMs } from './manager-state.ts';

/** The safety net under the runtime's events. */
const fullLookMs = 60_000;

export function listContainers(state: ManagerState, ports: PodsPorts, ctx: ManagerContext): void {
  if (state.listing) return;
  state.listing = true;
  ctx.pipe(
    ports.runtime.list(),
    (containers) => ({ type: 'listed', containers }),
    (error) => ({ type: 'list-failed', error }),
  );
}

export function listFailed(state: ManagerState, error: unknown, ctx: ManagerContext): void {
  state.listing = false;
  const delayMs = failureDelayMs(state, 'list', ctx);
  ctx.log('warn', 'the runtime does not say what runs here', { error, retryMs: Math.round(delayMs) });
  ctx.setTimer('list', delayMs, { type: 'list' });
}

/** Notes what runs here. At the first time that is what workers start from, later only a check. */
export function listed(
  state: ManagerState,
  containers: readonly ContainerView[],
  ports: PodsPorts,
  ctx: ManagerContext,
): void {
  const first = !state.listed;
  state.listing = false;
  state.listed = true;
  state.failures.delete('list');
  const byPod = groupByPod(containers);
  for (const [uid, worker] of state.workers)
    worker.send({ type: 'listed', containers: byPod.get(uid) ?? [] });
  if (first) for (const [uid, views] of byPod) state.adoptable.set(uid, views);
  state.ownerless = new Set([...byPod.keys()].filter((uid) => !state.workers.has(uid)));
  noteOrphans(state, containers);
  settleIfAsked(state, ports, ctx);
  if (first || state.untidy) removeStrays(state, byPod, ports, ctx);
  ctx.setTimer('list', fullLookMs * (0.75 + ctx.host.random() / 2), { type: 'list' });
}

function groupByPod(containers: readonly ContainerView[]): Map<string, ContainerView[]> {
  const byPod = new Map<string, ContainerView[]>();
  for (const view of containers) {
    const uid = podUidOf(view.labels);
    if (uid === undefined) continue;
    const views = byPod.get(uid);
    if (views) views.push(view);
    else byPod.set(uid, [view]);
  }
  return byPod;
}

/** Containers of pods that the journal does not know are left alone until their own store says that they go. */
function noteOrphans(state: ManagerState, containers: readonly ContainerView[]): void {
  const orphans = new Map<string, Orphan>();
  for (const { labels, state: now } of containers) {
    const identity = identityOf(labels);
    if (!identity || state.wanted.pods.has(identity.uid)) continue;
    const runs = now === 'running' || orphans.get(identity.uid)?.runs === true;
    orphans.set(identity.uid, { ...identity, runs });
  }
  state.wanted = { ...state.wanted, orphans };
}

/** Networks and volumes that a pod left when the agent was killed between its end and its last step. */
function removeStrays(
  state: ManagerState,
  byPod: ReadonlyMap<string, unknown>,
  { network, volumes, journal }: PodsPorts,
  ctx: ManagerContext,
): void {
  // Without a manifest nobody can tell what is nobody's: a journal that was lost looks like a first start's.
  state.untidy = state.wanted.complete === undefined;
  if (journal.damaged || state.untidy) return;
  // Asked anew before each removal: a pod may have been ordered, and begun, since the lists were made.
  const isStray = (uid: string): boolean => !byPod.has(uid) && !isKnown(state, uid);
  const removing = async (): Promise<number> => {
    const networks = await network.list();
    const directories = await volumes.list();
    const networksRemoved = await removeEach(networks, isStray, (uid) => network.detach(uid));
    return networksRemoved + (await removeEach(directories, isStray, (uid) => volumes.remove(uid)));
  };
  ctx.pipe(
    removing(),
    (removed) => ({ type: 'tidied', removed }),
    (error) => ({ type: 'tidy-failed', error }),
  );
}

/** A pod that the manifest names and the journal does not is one whose record was lost. */
function isKnown({ wanted }: ManagerState, uid: string): boolean {
  return wanted.pods.has(uid) || wanted.manifest?.objects[`pods/${uid}`] !== undefined;
}

async function removeEach(
  uids: readonly string[],
  isStray: (uid: string) => boolean,
  remove: (uid: string) => Promise<void>,
): Promise<number> {
  let removed = 0;
  for (const uid of uids) {
    if (!isStray(uid)) continue;
    await remove(uid);
    removed += 1;
  }
  return removed;
}

export function openEvents(state: ManagerState, ports: PodsPorts, ctx: ManagerContext): void {
  state.closeEvents?.();
  state.closeEvents = ports.runtime.events(
    ctx.listen((event) => ({ type: 'runtime-event', event })),
    ctx.listen((reason) => ({ type: 'events-lost', reason })),
  );
}

/** What happened in between is found by a full look. */
export function eventsLost(state: ManagerState, reason: string, ctx: ManagerContext): void {
  state.closeEvents = undefined;
  const delayMs = failureDelayMs(state, 'events', ctx);
  ctx.log('warn', 'runtime events ended and are opened anew', { reason, retryMs: Math.round(delayMs) });
  ctx.setTimer('events', delayMs, { type: 'open-events' });
}

/** Only what a worker does not learn from its own steps. */
export function routeEvent(state: ManagerState, event: RuntimeEvent): void {
  state.failures.delete('events');
  if (event.type !== 'exited' && event.type !== 'removed') return;
  const uid = podUidOf(event.labels);
  if (uid !== undefined)
    state.workers.get(uid)?.send({
      type: 'runtime-event',
      id: event.id,
      removed: event.type === 'removed',
    });
}
