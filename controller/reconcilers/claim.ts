import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { LabelSelector } from '@bramble/protocol/schema/types.generated.ts';
import { selectorMatcher } from '@bramble/protocol/workloads/label-selector.ts';
import { controllerOf, controllerReference, ownersOf, withOwners } from '../workloads/owners.ts';
import type { PlannedWrite } from './queue/reconciler.ts';

export interface Claim<Type extends KubeObject> {
  /** What the owner manages once the writes are made. */
  readonly own: readonly Type[];
  /** Adoptions and releases. */
  readonly writes: readonly PlannedWrite[];
}

/**
 * Kubernetes' controller-ref manager: takes what the selector names and nobody manages, and lets go of what it names no
 * longer. An owner that is being deleted takes nothing more.
 */
export function claim<Type extends KubeObject>(
  kind: Kind,
  owner: KubeObject,
  selector: LabelSelector | undefined,
  candidates: readonly Type[],
): Claim<Type> {
  const own: Type[] = [];
  const writes: PlannedWrite[] = [];
  const goes = owner.metadata.deletionTimestamp !== undefined;
  const isMeant = selectorMatcher(selector);
  for (const candidate of candidates) {
    const matches = isMeant(candidate.metadata.labels);
    const manager = controllerOf(candidate);
    if (manager?.uid === owner.metadata.uid) {
      if (matches) own.push(candidate);
      else if (!goes) writes.push(release(candidate, owner));
    } else if (!manager && matches && !goes && candidate.metadata.deletionTimestamp === undefined) {
      own.push(candidate);
      writes.push(adopt(candidate, kind, owner));
    }
  }
  return { own, writes };
}

function adopt(candidate: KubeObject, kind: Kind, owner: KubeObject): PlannedWrite {
  const others = ownersOf(candidate).filter(({ uid }) => uid !== owner.metadata.uid);
  const object = withOwners(candidate, [...others, controllerReference(kind, owner)]);
  return { write: { type: 'update', object } };
}

function release(candidate: KubeObject, owner: KubeObject): PlannedWrite {
  const others = ownersOf(candidate).filter(({ uid }) => uid !== owner.metadata.uid);
  return { write: { type: 'update', object: withOwners(candidate, others) } };
}
