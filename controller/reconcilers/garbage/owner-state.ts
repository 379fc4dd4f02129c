import { kindByName, storeKey } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { OwnerReference } from '@bramble/protocol/schema/types.generated.ts';
import { propagationFinalizers } from '../../apiserver/deletion.ts';
import type { ObjectStore } from '../../store/types.ts';

/**
 * `waiting`: it is being deleted, and goes when those it owns are gone. `unknown`: of a kind that is not served, so that
 * nobody can say whether it exists; what it owns is left alone.
 */
export type OwnerState = 'there' | 'waiting' | 'gone' | 'unknown';

type Reads = Pick<ObjectStore, 'get'>;

/** Where the owner is stored; `undefined` where that cannot be known. */
export function ownerKey(dependent: KubeObject, owner: OwnerReference): string | undefined {
  const kind = kindByName(owner.apiVersion, owner.kind);
  const { namespace } = dependent.metadata;
  if (!kind || (kind.namespaced && namespace === undefined)) return undefined;
  return storeKey(kind, kind.namespaced ? namespace : undefined, owner.name);
}

/** Another object of the owner's name is not the owner. */
export function stateOf(store: Reads, dependent: KubeObject, owner: OwnerReference): OwnerState {
  const key = ownerKey(dependent, owner);
  if (key === undefined) return 'unknown';
  const found = store.get(key)?.object;
  if (found?.metadata.uid !== owner.uid) return 'gone';
  return isWaiting(found) ? 'waiting' : 'there';
}

export function isWaiting(object: KubeObject): boolean {
  return isDeleting(object) && hasFinalizer(object, propagationFinalizers.Foreground);
}

export function isDeleting({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export function hasFinalizer({ metadata }: KubeObject, finalizer: string): boolean {
  return (metadata.finalizers ?? []).includes(finalizer);
}
