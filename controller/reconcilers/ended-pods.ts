import type { ObjectStore, StoredObject, StoreEvent } from '../store/types.ts';
import type { PodObject } from '../workloads/objects.ts';
import { createdMs, isFinished } from '../workloads/pod-facts.ts';
import type { Plan, PlannedWrite, ReconcilerFactory } from './queue/reconciler.ts';

const podPrefix = '/registry/pods/';
/** All of them are one matter: which are the oldest. */
const onlyKey = 'ended';
/** Deleted in one go. */
const batch = 100;

/** Keeps no more pods that have ended than `most`: nobody looks at so many, and every one takes memory and time. */
export function endedPods(store: ObjectStore, most: number): ReconcilerFactory {
  return () => ({
    watches: [{ prefix: podPrefix, keys: (event) => (hasJustEnded(event) ? [onlyKey] : []) }],
    reconcile(): Plan {
      const ended = store.list(podPrefix).filter(({ object }) => mayGo(object as PodObject));
      if (ended.length <= most) return { writes: [] };
      const oldest = [...ended].sort((one, other) => createdOf(one) - createdOf(other));
      const writes = oldest.slice(0, Math.min(batch, ended.length - most)).map(deletion);
      return { writes, requeueAfterMs: 0 };
    },
  });
}

function hasJustEnded({ type, stored, previous }: StoreEvent): boolean {
  if (type === 'deleted' || !mayGo(stored.object as PodObject)) return false;
  return !previous || !mayGo(previous.object as PodObject);
}

/** One that is held by a finalizer is not counted yet by whoever holds it. */
function mayGo(pod: PodObject): boolean {
  return isFinished(pod) && (pod.metadata.finalizers ?? []).length === 0;
}

function createdOf({ object }: StoredObject): number {
  return createdMs(object as PodObject);
}

function deletion({ object }: StoredObject): PlannedWrite {
  return { write: { type: 'delete', object } };
}
