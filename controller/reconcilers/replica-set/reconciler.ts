import type { ObjectStore } from '../../store/types.ts';
import { timestamp } from '../../time.ts';
import type { PodObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { claim } from '../claim.ts';
import { noter } from '../notes.ts';
import { podCreation, podDeletion } from '../pod-writes.ts';
import { nothingToDo, type Plan, type PlannedWrite, type ReconcilerFactory } from '../queue/reconciler.ts';
import { statusWrite } from '../status-write.ts';
import { knownKind } from '../template.ts';
import { listed, watchKind, watchOwned } from '../watch-owned.ts';
import { computeReplicaSet, type ReplicaSetDecision } from './compute.ts';

const kind = knownKind('apps', 'replicasets');
const pods = knownKind('', 'pods');
const note = noter('bramble-replicaset');

/** Keeps as many pods of each ReplicaSet as it asks for. */
export function replicaSets(store: ObjectStore): ReconcilerFactory {
  return (host) => ({
    watches: [watchKind(kind), watchOwned(store, kind, pods)],
    reconcile(key, { failures, message }): Plan {
      const replicaSet = store.get(key)?.object as ReplicaSetObject | undefined;
      if (!replicaSet) return nothingToDo;
      const candidates = listed<PodObject>(store, pods, replicaSet.metadata.namespace);
      const { own, writes } = claim(kind, replicaSet, replicaSet.spec.selector, candidates);
      const failure = failures > 0 ? message : undefined;
      const facts = { nowMs: host.now(), now: timestamp(host), failure };
      const decision = computeReplicaSet(replicaSet, own, facts);
      return {
        writes: [...writes, ...podWrites(replicaSet, decision), ...statusWrite(replicaSet, decision.status)],
        requeueAfterMs: decision.lookAgainMs,
      };
    },
  });
}

function podWrites(owner: ReplicaSetObject, { create, remove }: ReplicaSetDecision): PlannedWrite[] {
  const made = Array.from({ length: create }, () => podCreation(kind, owner, owner.spec.template, note));
  return [...made, ...remove.map((pod) => podDeletion(owner, pod, note))];
}
