import { storeKey } from '@bramble/protocol/kinds.ts';
import type { ObjectStore, StoreEvent } from '../../store/types.ts';
import { timestamp } from '../../time.ts';
import type { DeploymentObject, PodObject, ReplicaSetObject } from '../../workloads/objects.ts';
import { controllerOf, isControlledBy } from '../../workloads/owners.ts';
import { isFinished } from '../../workloads/pod-facts.ts';
import { claim } from '../claim.ts';
import { nothingToDo, type Plan, type ReconcilerFactory, type WatchRule } from '../queue/reconciler.ts';
import { statusWrite } from '../status-write.ts';
import { isOfKind, knownKind } from '../template.ts';
import { listed, watchKind, watchOwned } from '../watch-owned.ts';
import { computeDeployment, type Observed } from './compute.ts';
import { newReplicaSetName } from './new-replica-set.ts';
import { deploymentWrites } from './writes.ts';

const kind = knownKind('apps', 'deployments');
const replicaSetKind = knownKind('apps', 'replicasets');
const podKind = knownKind('', 'pods');

/** Rolls each Deployment's newest template out over its ReplicaSets. */
export function deployments(store: ObjectStore): ReconcilerFactory {
  return (host) => ({
    watches: [watchKind(kind), watchOwned(store, kind, replicaSetKind), watchPodsGone(store)],
    reconcile(key): Plan {
      const deployment = store.get(key)?.object as DeploymentObject | undefined;
      if (!deployment) return nothingToDo;
      const { namespace } = deployment.metadata;
      const candidates = listed<ReplicaSetObject>(store, replicaSetKind, namespace);
      const { own, writes } = claim(kind, deployment, deployment.spec.selector, candidates);
      if (writes.length > 0) return { writes };
      const newName = newReplicaSetName(deployment);
      const replicaSets = [...own].sort(byAge);
      const taken = store.get(storeKey(replicaSetKind, namespace, newName))?.object;
      const observed: Observed = {
        deployment,
        replicaSets,
        hasPods: (one) => podsOf(store, one).some((pod) => !isFinished(pod)),
        newName,
        now: timestamp(host),
        nowMs: host.now(),
      };
      const decision = computeDeployment(observed);
      // Somebody else's ReplicaSet has the name: another hash gives another one.
      if (decision.create !== undefined && taken) return { writes: collided(deployment) };
      return { writes: deploymentWrites(observed, decision), requeueAfterMs: decision.lookAgainMs };
    },
  });
}

function collided(deployment: DeploymentObject): Plan['writes'] {
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  return statusWrite(deployment, { ...deployment.status, collisionCount });
}

function byAge(one: ReplicaSetObject, other: ReplicaSetObject): number {
  const [a, b] = [one.metadata, other.metadata];
  if (a.creationTimestamp !== b.creationTimestamp)
    return (a.creationTimestamp ?? '') < (b.creationTimestamp ?? '') ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function podsOf(store: ObjectStore, replicaSet: ReplicaSetObject): PodObject[] {
  const all = listed<PodObject>(store, podKind, replicaSet.metadata.namespace);
  return all.filter((pod) => isControlledBy(pod, replicaSet));
}

/** `Recreate` waits for the last old pod to end; counts of pods come with the ReplicaSets' own status. */
function watchPodsGone(store: ObjectStore): WatchRule {
  return {
    prefix: '/registry/pods/',
    keys: (event) => (hasEnded(event) ? deploymentOf(store, event) : []),
  };
}

function hasEnded({ type, stored, previous }: StoreEvent): boolean {
  if (type === 'deleted') return true;
  const before = previous ? isFinished(previous.object as PodObject) : false;
  return !before && isFinished(stored.object as PodObject);
}

function deploymentOf(store: ObjectStore, { stored }: StoreEvent): string[] {
  const { namespace } = stored.object.metadata;
  const owner = controllerOf(stored.object);
  if (!owner || !isOfKind(owner, replicaSetKind)) return [];
  const replicaSet = store.get(storeKey(replicaSetKind, namespace, owner.name));
  const above = replicaSet && controllerOf(replicaSet.object);
  return above && isOfKind(above, kind) ? [storeKey(kind, namespace, above.name)] : [];
}
