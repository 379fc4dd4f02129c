import type { OwnerReference } from '@bramble/protocol/schema/types.generated.ts';
import type { ObjectStore } from '../store/types.ts';
import type { PodObject, ReplicaSetObject } from './objects.ts';
import { controllerOf } from './owners.ts';

/** How many pods the owners of these pods ask for. A pod that nobody manages, or no count asks for, counts for itself. */
export function wantedPods(store: Pick<ObjectStore, 'get'>, pods: readonly PodObject[]): number {
  const counted = new Set<string>();
  let wanted = 0;
  for (const pod of pods) {
    const owner = scalable(store, pod);
    if (!owner) wanted += 1;
    else if (!counted.has(owner.key)) {
      counted.add(owner.key);
      wanted += owner.replicas;
    }
  }
  return wanted;
}

interface Scalable {
  readonly key: string;
  readonly replicas: number;
}

function scalable(store: Pick<ObjectStore, 'get'>, pod: PodObject): Scalable | undefined {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return undefined;
  const replicaSet = found(store, 'replicasets', pod.metadata.namespace, owner);
  if (!replicaSet) return undefined;
  const above = controllerOf(replicaSet.object);
  const deployment =
    above?.kind === 'Deployment' && found(store, 'deployments', pod.metadata.namespace, above);
  return deployment || replicaSet;
}

function found(
  store: Pick<ObjectStore, 'get'>,
  plural: string,
  namespace: string | undefined,
  { name, uid }: OwnerReference,
): (Scalable & { object: ReplicaSetObject }) | undefined {
  const key = `/registry/${plural}/${namespace}/${name}`;
  const object = store.get(key)?.object as ReplicaSetObject | undefined;
  if (object?.metadata.uid !== uid) return undefined;
  return { key, object, replicas: object.spec.replicas ?? 1 };
}
