import type { KubeObject } from '@bramble/protocol/kube.ts';
import { propagationFinalizers } from '../../apiserver/deletion.ts';
import type { ObjectStore } from '../../store/types.ts';
import { ownersOf, withOwners } from '../../workloads/owners.ts';
import type { PlannedWrite } from '../queue/reconciler.ts';
import { hasFinalizer, isDeleting, isWaiting, stateOf } from './owner-state.ts';

/** Writes in one go: the rest follows when these are on disk. */
const batch = 100;

export interface GarbageFacts {
  readonly store: Pick<ObjectStore, 'get'>;
  /** The objects that name this one as an owner. */
  readonly dependentsOf: (owner: KubeObject) => readonly KubeObject[];
}

/** What the garbage collector has to do with one object. */
export function computeGarbage(object: KubeObject, facts: GarbageFacts): PlannedWrite[] {
  if (isDeleting(object) && hasFinalizer(object, propagationFinalizers.Orphan))
    return orphanDependents(object, facts);
  if (isWaiting(object)) return deleteDependents(object, facts);
  return isDeleting(object) ? [] : judgeOwners(object, facts);
}

/** Lets everything go that the object owns, and then the object itself. */
function orphanDependents(owner: KubeObject, { dependentsOf }: GarbageFacts): PlannedWrite[] {
  const dependents = dependentsOf(owner);
  if (dependents.length === 0) return [withoutFinalizer(owner, propagationFinalizers.Orphan)];
  return dependents.slice(0, batch).map((dependent) => withoutOwner(dependent, owner));
}

/** Deletes what the object owns; the object follows when nothing is left that holds it (`blockOwnerDeletion`). */
function deleteDependents(owner: KubeObject, facts: GarbageFacts): PlannedWrite[] {
  const dependents = facts.dependentsOf(owner);
  if (!dependents.some((dependent) => blocks(dependent, owner)))
    return [withoutFinalizer(owner, propagationFinalizers.Foreground)];
  return dependents
    .filter((dependent) => !isDeleting(dependent))
    .slice(0, batch)
    .map((dependent) => {
      if (isKept(dependent, owner, facts)) return withoutOwner(dependent, owner);
      const holds = facts.dependentsOf(dependent).some((one) => blocks(one, dependent));
      return deletion(dependent, holds ? 'Foreground' : undefined);
    });
}

function blocks(dependent: KubeObject, owner: KubeObject): boolean {
  return ownersOf(dependent).some(
    ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion === true,
  );
}

/** Another owner is there, and wants to keep it. */
function isKept(dependent: KubeObject, owner: KubeObject, { store }: GarbageFacts): boolean {
  const others = ownersOf(dependent).filter(({ uid }) => uid !== owner.metadata.uid);
  return others.some((other) => ['there', 'unknown'].includes(stateOf(store, dependent, other)));
}

/** Deletes what no owner is left of; where some are left, the others are struck out. */
function judgeOwners(object: KubeObject, { store }: GarbageFacts): PlannedWrite[] {
  const owners = ownersOf(object);
  const left = owners.filter((owner) => stateOf(store, object, owner) !== 'gone');
  if (owners.length === 0 || left.length === owners.length) return [];
  if (left.length === 0) return [deletion(object)];
  return [{ write: { type: 'update', object: withOwners(object, left) } }];
}

function deletion(object: KubeObject, propagation?: 'Foreground'): PlannedWrite {
  return { write: { type: 'delete', object, ...(propagation && { propagation }) } };
}

function withoutOwner(dependent: KubeObject, owner: KubeObject): PlannedWrite {
  const others = ownersOf(dependent).filter(({ uid }) => uid !== owner.metadata.uid);
  return { write: { type: 'update', object: withOwners(dependent, others) } };
}

function withoutFinalizer(object: KubeObject, finalizer: string): PlannedWrite {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  return { write: { type: 'update', object: { ...object, metadata: { ...object.metadata, finalizers } } } };
}
