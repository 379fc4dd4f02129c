import { type Kind, storeKey, storePrefix } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { LabelSelector } from '@bramble/protocol/schema/types.generated.ts';
import { selectorMatches } from '@bramble/protocol/workloads/label-selector.ts';
import type { ObjectStore, StoreEvent } from '../store/types.ts';
import { controllerOf } from '../workloads/owners.ts';
import type { WatchRule } from './queue/reconciler.ts';
import { isOfKind } from './template.ts';

/** Every change of the objects themselves. */
export function watchKind(kind: Kind): WatchRule {
  return { prefix: storePrefix(kind), keys: (event) => [event.stored.key] };
}

/**
 * Changes of what objects of a kind manage: the manager's key, which the change itself names; and for what nobody
 * manages, every object of the kind whose selector names it.
 */
export function watchOwned(store: Pick<ObjectStore, 'list'>, owner: Kind, owned: Kind): WatchRule {
  return {
    prefix: storePrefix(owned),
    keys: (event) => new Set(versionsOf(event).flatMap((object) => managersOf(store, owner, object))),
  };
}

/** A change may take an object from one manager to another: both are concerned. */
export function versionsOf({ stored, previous }: StoreEvent): readonly KubeObject[] {
  return previous ? [stored.object, previous.object] : [stored.object];
}

export function managersOf(
  store: Pick<ObjectStore, 'list'>,
  kind: Kind,
  object: KubeObject,
): readonly string[] {
  const manager = controllerOf(object);
  const { namespace, labels } = object.metadata;
  if (manager) return isOfKind(manager, kind) ? [storeKey(kind, namespace, manager.name)] : [];
  const possible = store.list(storePrefix(kind, namespace));
  return possible.filter(({ object: one }) => selectorMatches(selectorOf(one), labels)).map(({ key }) => key);
}

function selectorOf(object: KubeObject): LabelSelector | undefined {
  return (object['spec'] as { selector?: LabelSelector } | undefined)?.selector;
}

/** The objects of a kind in one namespace. */
export function listed<Type extends KubeObject>(
  store: Pick<ObjectStore, 'list'>,
  kind: Kind,
  namespace: string | undefined,
): readonly Type[] {
  return store.list(storePrefix(kind, namespace)).map(({ object }) => object as Type);
}
