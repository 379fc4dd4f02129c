import type { UnclaimedPod } from '../fleet/unclaimed.ts';
import type { StoredObject, StoreEvent } from '../store/types.ts';
import { boardFacts, type PodFacts, podFacts, sameSpec } from './facts.ts';
import type { Snapshot } from './snapshot.ts';
import type { WaitingPods } from './waiting.ts';

export const podPrefix = '/registry/pods/';
export const nodePrefix = '/registry/nodes/';

/** What the scheduler knows: where pods are, which are to be placed, and which no board could take. */
export interface SchedulerState {
  readonly snapshot: Snapshot;
  /** Pods to place, first come first served. */
  readonly queue: Map<string, PodFacts>;
  readonly waiting: WaitingPods;
  /** Boards that changed, or have more room: pods that wait may fit there now. */
  readonly freed: Set<string>;
  stopWatch: () => void;
  /** Writes that the store has not answered. */
  underWay: number;
  planned: boolean;
  tellPlanned: boolean;
  /** Nothing is planned, nothing told before: monotonic milliseconds. */
  planFromMs: number;
  tellFromMs: number;
}

/** Takes in one change of the store. */
export function changed(state: SchedulerState, event: StoreEvent): void {
  const { key } = event.stored;
  if (key.startsWith(podPrefix)) podChanged(state, event.stored, event.type === 'deleted');
  else if (key.startsWith(nodePrefix)) boardChanged(state, event);
}

function boardChanged({ snapshot, waiting, freed }: SchedulerState, { type, stored }: StoreEvent): void {
  const facts = boardFacts(stored.object);
  if (type === 'deleted') {
    snapshot.removeBoard(facts.name);
    // There is no more room than before, but what is told of the boards is out of date.
    waiting.boardsChanged();
    return;
  }
  const before = snapshot.boards.get(facts.name)?.facts;
  // A heartbeat's write changes nothing that a filter reads.
  if (before && JSON.stringify(before) === JSON.stringify(facts)) return;
  snapshot.putBoard(facts);
  waiting.boardsChanged();
  freed.add(facts.name);
}

/** Puts a pod where it belongs: placed, in the queue, or nowhere. */
export function podChanged(state: SchedulerState, stored: StoredObject, deleted: boolean): void {
  const { snapshot, queue, waiting } = state;
  const { key } = stored;
  const known = snapshot.podAt(key) ?? queue.get(key) ?? waiting.get(key)?.pod;
  const pod = podFacts(key, stored.object, known);
  if (deleted || pod.finished) {
    forget(state, key);
    left(state, snapshot.remove(key));
    return;
  }
  if (pod.nodeName !== undefined) {
    forget(state, key);
    snapshot.place(pod, pod.nodeName);
    return;
  }
  // While its binding is under way the pod counts as placed, whatever else is written to it.
  if (snapshot.isPlaced(key)) return;
  if (pod.deleting || pod.gated) {
    forget(state, key);
    return;
  }
  const before = waiting.get(key)?.pod;
  // Our own condition comes back as a change; a pod whose wishes did not change need not be tried again.
  if (before?.uid === pod.uid && sameSpec(before, pod)) return;
  if (stored.object['spec'] && (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler')
    queue.set(key, pod);
}

function forget({ queue, waiting }: SchedulerState, key: string): void {
  queue.delete(key);
  waiting.delete(key);
}

/** A pod has left this board: those that wait may fit there now. */
export function left({ waiting, freed }: SchedulerState, node: string | undefined): void {
  if (node === undefined) return;
  waiting.boardsChanged();
  freed.add(node);
}

/** What a board runs for another store counts there like any pod of this one. */
export function unclaimedChanged(state: SchedulerState, node: string, pods: readonly UnclaimedPod[]): void {
  const prefix = `unclaimed/${node}/`;
  state.snapshot.removeAll(node, prefix);
  for (const { uid, namespace, name, pod, status } of pods) {
    const facts = podFacts(`${prefix}${uid}`, {
      ...pod,
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, uid },
      status,
    });
    if (!facts.finished) state.snapshot.place(facts, node);
  }
  left(state, node);
}

/** Whether the pod in the store is still the one that was planned for. If not, the change is on its way here. */
export function stillWants(stored: StoredObject, planned: PodFacts): boolean {
  const now = podFacts(stored.key, stored.object, planned);
  if (now.uid !== planned.uid || now.nodeName !== undefined) return false;
  return !now.deleting && !now.finished && sameSpec(now, planned);
}
