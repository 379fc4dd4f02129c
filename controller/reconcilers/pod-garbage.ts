import type { ObjectStore, StoredObject } from '../store/types.ts';
import type { PodObject } from '../workloads/objects.ts';
import { nothingToDo, type Plan, type ReconcilerFactory, type WatchRule } from './queue/reconciler.ts';

const podPrefix = '/registry/pods/';
const nodePrefix = '/registry/nodes/';
/** A live board's Node comes back by itself when somebody deletes it: a moment without one proves nothing. */
const quarantineMs = 40_000;

/** Removes pods whose board's Node was removed: nobody else can say that they are gone, and others may take their place. */
export function podGarbage(store: ObjectStore): ReconcilerFactory {
  return (host) => {
    /** Since when a pod has no Node, by its uid; milliseconds of the monotonic clock. */
    const suspects = new Map<string, number>();
    return {
      watches: [watchBound(store), watchNodesGone(store)],
      reconcile(key): Plan {
        const stored = store.get(key);
        const uid = stored?.object.metadata.uid ?? '';
        if (!stored || !isOrphan(store, stored)) {
          suspects.delete(uid);
          return nothingToDo;
        }
        const since = suspects.get(uid) ?? host.monotonic();
        suspects.set(uid, since);
        const leftMs = since + quarantineMs - host.monotonic();
        if (leftMs > 0) return { writes: [], requeueAfterMs: leftMs };
        suspects.delete(uid);
        const conditions = [{ key, revision: stored.revision }];
        return {
          writes: [
            {
              write: { type: 'transaction', transaction: { conditions, writes: [{ type: 'delete', key }] } },
            },
          ],
        };
      },
    };
  };
}

function isOrphan(store: ObjectStore, { object }: StoredObject): boolean {
  const { nodeName } = (object as PodObject).spec;
  if (!nodeName || (object.metadata.finalizers ?? []).length > 0) return false;
  return !store.get(`${nodePrefix}${nodeName}`);
}

function watchBound(store: ObjectStore): WatchRule {
  return {
    prefix: podPrefix,
    keys: ({ type, stored }) => (type !== 'deleted' && isOrphan(store, stored) ? [stored.key] : []),
  };
}

function watchNodesGone(store: ObjectStore): WatchRule {
  return {
    prefix: nodePrefix,
    keys: ({ type, stored }) =>
      type === 'deleted' ? podsOn(store, stored.object.metadata.name).map(({ key }) => key) : [],
  };
}

function podsOn(store: ObjectStore, node: string): readonly StoredObject[] {
  return store.list(podPrefix).filter(({ object }) => (object as PodObject).spec.nodeName === node);
}
