import type { ContainerView } from '../runtime/port.ts';
import type { ManagerContext, ManagerState, PodsPorts } from './manager-state.ts';
import { podWorker } from './worker.ts';

/** Lets every worker know what has become durable; starts those that are new, stops those whose pod is forgotten. */
export function tellWorkers(state: ManagerState, ports: PodsPorts, ctx: ManagerContext): void {
  // Before the containers are known a worker could make second ones; before the network is there, it would fail.
  if (!state.listed || state.preparing) return;
  for (const desired of state.desiredPods.changes(state.durable)) {
    const { uid } = desired;
    if (!state.startedWith.has(uid) && !state.journaledAtMs.has(uid))
      state.journaledAtMs.set(uid, ctx.host.now());
    const journaledAtMs = state.journaledAtMs.get(uid);
    const worker = state.workers.get(uid);
    if (worker) worker.send({ type: 'desired', desired, containers: undefined, journaledAtMs });
    else startWorker(state, uid, ports, ctx);
  }
  for (const uid of [...state.workers.keys()])
    if (!state.durable.pods.has(uid)) forget(state, uid, ports, ctx);
}

/** The worker asks for its pod as it starts, now and after each crash. */
function startWorker(state: ManagerState, uid: string, ports: PodsPorts, ctx: ManagerContext): void {
  const { runtime, network, volumes, probes } = ports;
  const worker = podWorker({ uid, manager: ctx.self, runtime, network, volumes, probes });
  state.workers.set(uid, ctx.spawn(uid, worker));
}

export function workerStarted(state: ManagerState, uid: string): void {
  const desired = state.desiredPods.one(state.durable, uid);
  if (!desired) return;
  const containers = knownContainers(state, uid);
  const journaledAtMs = state.journaledAtMs.get(uid);
  state.workers.get(uid)?.send({ type: 'desired', desired, containers, journaledAtMs });
}

/** What a new worker may take as given; `undefined`: it must look for itself. */
function knownContainers(state: ManagerState, uid: string): readonly ContainerView[] | undefined {
  if (state.introduced.has(uid)) return undefined;
  state.introduced.add(uid);
  const adoptable = state.adoptable.get(uid);
  state.adoptable.delete(uid);
  return adoptable ?? (state.ownerless.has(uid) ? undefined : []);
}

function forget(state: ManagerState, uid: string, { probes }: PodsPorts, ctx: ManagerContext): void {
  const worker = state.workers.get(uid);
  if (worker) ctx.stop(worker);
  state.workers.delete(uid);
  state.reports.delete(uid);
  state.notes.delete(uid);
  state.noteBuckets.delete(uid);
  probes.memory.set(uid, {});
  state.introduced.delete(uid);
  state.journaledAtMs.delete(uid);
  state.desiredPods.forget(uid);
}
