import type { UnclaimedPod } from '../fleet/unclaimed.ts';
import type { StoredObject, StoreEvent } from '../store/types.ts';
import { boardFacts, type PodFacts, podFacts } from './facts.ts';
import type { Snapshot } from './snapshot.ts';

export const podPrefix = '/registry/pods/';
export const nodePrefix = '/registry/nodes/';

/** What the scheduler knows: where pods are, which are to be placed, and which no board could take. */
export interface SchedulerState {
  readonly snapshot: Snapshot;
  /** Pods to place, first come first served. */
  readonly queue: Map<string, PodFacts>;
  /** Pods that no board could take, and the reasons last told. */
  readonly waiting: Map<string, Waiting>;
  stopWatch: () => void;
  planned: boolean;
}

/** A pod that no board could take, and what was told about it. */
export interface Waiting {
  readonly pod: PodFacts;
  /** The sentence that the event begins with, without the boards' details; empty when nothing was told yet. */
  readonly summary: string;
  readonly why: string;
  /** Time was given to tell of changed details, too. */
  readonly due: boolean;
}

/** Takes in one change of the store. */
export function changed(state: SchedulerState, event: StoreEvent): void {
  const { key, object } = event.stored;
  if (key.startsWith(podPrefix)) podChanged(state, event.stored, event.type === 'deleted');
  else if (key.startsWith(nodePrefix)) {
    if (event.type === 'deleted') {
      state.snapshot.removeBoard(object.metadata.name);
      // There is no more room than before, but what is told of the boards is out of date.
      requeueWaiting(state);
    } else {
      const before = state.snapshot.boards.get(object.metadata.name)?.facts;
      const facts = boardFacts(object);
      // A heartbeat's write changes nothing that a filter reads.
      if (before && JSON.stringify(before) === JSON.stringify(facts)) return;
      state.snapshot.updateBoard(facts);
      requeueWaiting(state);
    }
  }
}

/** Puts a pod where it belongs: placed, in the queue, or nowhere. */
export function podChanged(state: SchedulerState, stored: StoredObject, deleted: boolean): void {
  const pod = podFacts(stored.key, stored.object);
  if (deleted || pod.finished) {
    state.queue.delete(pod.key);
    state.waiting.delete(pod.key);
    if (state.snapshot.remove(pod.key)) requeueWaiting(state);
    return;
  }
  if (pod.nodeName !== undefined) {
    state.queue.delete(pod.key);
    state.waiting.delete(pod.key);
    state.snapshot.place(pod, pod.nodeName);
    return;
  }
  // While its binding is under way the pod counts as placed, whatever else is written to it.
  if (state.snapshot.isPlaced(pod.key)) return;
  if (pod.deleting || pod.gated) {
    state.queue.delete(pod.key);
    state.waiting.delete(pod.key);
    return;
  }
  const waiting = state.waiting.get(pod.key);
  // Our own condition comes back as a change; a pod whose wishes did not change need not be tried again.
  if (waiting && waiting.pod.uid === pod.uid && sameSpec(waiting.pod, pod)) return;
  if (stored.object['spec'] && (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler')
    state.queue.set(pod.key, pod);
}

/** What a board runs for another store counts there like any pod of this one. */
export function unclaimedChanged(state: SchedulerState, node: string, pods: readonly UnclaimedPod[]): void {
  const prefix = `unclaimed/${node}/`;
  state.snapshot.removeAll(prefix);
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
  requeueWaiting(state);
}

/** Boards changed: those that waited are tried again. */
export function requeueWaiting(state: SchedulerState): void {
  for (const [key, { pod }] of state.waiting) if (!state.queue.has(key)) state.queue.set(key, pod);
}

/** Whether the pod in the store is still the one that was planned for. If not, the change is on its way here. */
export function stillWants(stored: StoredObject, planned: PodFacts): boolean {
  const now = podFacts(stored.key, stored.object);
  if (now.uid !== planned.uid || now.nodeName !== undefined) return false;
  return !now.deleting && !now.finished && sameSpec(now, planned);
}

function sameSpec(a: PodFacts, b: PodFacts): boolean {
  return JSON.stringify(a.spec) === JSON.stringify(b.spec);
}

/** The reason was not written, so it is told again when the pod is tried again. */
export function forgetTold(state: SchedulerState, pod: PodFacts): void {
  const waiting = state.waiting.get(pod.key);
  if (waiting?.pod.uid === pod.uid) state.waiting.set(pod.key, { ...waiting, summary: '', why: '' });
}
