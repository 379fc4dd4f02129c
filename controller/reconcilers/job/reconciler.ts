import { storeKey, storePrefix } from '@bramble/protocol/kinds.ts';
import type { ObjectStore, StoredObject, StoreEvent } from '../../store/types.ts';
import { timestamp } from '../../time.ts';
import type { JobObject, PodObject } from '../../workloads/objects.ts';
import { controllerOf } from '../../workloads/owners.ts';
import { claim } from '../claim.ts';
import {
  nothingToDo,
  type Plan,
  type PlannedWrite,
  type ReconcilerFactory,
  type WatchRule,
} from '../queue/reconciler.ts';
import { isOfKind, knownKind } from '../template.ts';
import { listed, watchKind, watchOwned } from '../watch-owned.ts';
import { Ages } from './ages.ts';
import { type Clock, computeJob } from './compute.ts';
import { finishedCondition } from './ending.ts';
import { isTracked } from './pods.ts';
import { jobWrites, release } from './writes.ts';

const kind = knownKind('batch', 'jobs');
const podKind = knownKind('', 'pods');

/** Runs the pods of each job until enough of them succeeded, or too many failed. */
export function jobs(store: ObjectStore): ReconcilerFactory {
  return (host) => {
    const ages = new Ages(host);
    return {
      watches: [
        watchKind(kind),
        watchOwned(store, kind, podKind),
        watchAbandoned(store),
        watchJobsGone(store),
      ],
      reconcile(key): Plan {
        const stored = store.get(key);
        if (!stored) ages.forget(key);
        if (!stored) return nothingToDo;
        if (key.startsWith(storePrefix(podKind))) return letGo(store, stored);
        return reconcileJob(store, stored, { nowMs: host.now(), now: timestamp(host), ageOf: ages.of(key) });
      },
    };
  };
}

function reconcileJob(
  store: ObjectStore,
  stored: StoredObject,
  clock: Clock & { readonly nowMs: number },
): Plan {
  const job = stored.object as JobObject;
  const candidates = listed<PodObject>(store, podKind, job.metadata.namespace);
  const { own, writes } = claim(kind, job, job.spec.selector, candidates);
  if (writes.length > 0) return { writes };
  if (finishedCondition(job)) return afterwards(job, own, clock);
  // What is being deleted begins nothing more; its pods are let go when it is gone.
  if (job.metadata.deletionTimestamp !== undefined) return { writes: own.filter(isTracked).map(freed) };
  const decision = computeJob(job, own, clock);
  return {
    writes: jobWrites(stored, decision, revisionOf, clock.nowMs),
    requeueAfterMs: decision.lookAgainMs,
  };
}

/** Of a finished job: its pods are held no longer, and it goes itself when its time is over. */
function afterwards(job: JobObject, own: readonly PodObject[], { ageOf }: Clock): Plan {
  const writes = own.filter(isTracked).map(freed);
  const seconds = job.spec.ttlSecondsAfterFinished;
  if (seconds === undefined || job.metadata.deletionTimestamp !== undefined) return { writes };
  const ended = Date.parse(finishedCondition(job)?.lastTransitionTime ?? '');
  const leftMs = seconds * 1_000 - ageOf(`end of ${job.metadata.uid}`, ended);
  if (leftMs > 0) return { writes, requeueAfterMs: leftMs };
  return { writes: [...writes, { write: { type: 'delete', object: job, propagation: 'Foreground' } }] };
}

/** A pod that is held for a job that is not there: nobody will ever count it. */
function letGo(store: ObjectStore, { object }: StoredObject): Plan {
  const pod = object as PodObject;
  const owner = controllerOf(pod);
  const isJobs = owner && isOfKind(owner, kind);
  const found = isJobs && store.get(storeKey(kind, pod.metadata.namespace, owner.name))?.object;
  if (!isTracked(pod) || (found && found.metadata.uid === owner.uid)) return nothingToDo;
  return { writes: [freed(pod)] };
}

function freed(pod: PodObject): PlannedWrite {
  const write = release(pod);
  const conditions = [{ key: write.key, revision: revisionOf(pod) }];
  return { write: { type: 'transaction', transaction: { conditions, writes: [write] } } };
}

/** The revision of the pod as it was looked at. */
function revisionOf({ metadata }: PodObject): number {
  return Number(metadata.resourceVersion ?? 0);
}

function watchAbandoned(store: ObjectStore): WatchRule {
  return {
    prefix: storePrefix(podKind),
    keys: ({ type, stored }) => (type !== 'deleted' && isAbandoned(store, stored) ? [stored.key] : []),
  };
}

function isAbandoned(store: ObjectStore, { object }: StoredObject): boolean {
  if (!isTracked(object)) return false;
  const owner = controllerOf(object);
  if (!owner || !isOfKind(owner, kind)) return true;
  const job = store.get(storeKey(kind, object.metadata.namespace, owner.name));
  return job?.object.metadata.uid !== owner.uid;
}

/** When a job goes, the pods that it held. */
function watchJobsGone(store: ObjectStore): WatchRule {
  return {
    prefix: storePrefix(kind),
    keys: ({ type, stored }: StoreEvent) =>
      type !== 'deleted'
        ? []
        : store
            .list(storePrefix(podKind, stored.object.metadata.namespace))
            .filter((pod) => isAbandoned(store, pod))
            .map(({ key }) => key),
  };
}
