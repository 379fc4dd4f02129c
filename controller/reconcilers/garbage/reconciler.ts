import type { KubeObject } from '@bramble/protocol/kube.ts';
import { jsonEqual } from '@bramble/protocol/schema/json.ts';
import type { ObjectStore, StoreEvent } from '../../store/types.ts';
import { ownersOf } from '../../workloads/owners.ts';
import { nothingToDo, type Plan, type ReconcilerFactory } from '../queue/reconciler.ts';
import { computeGarbage } from './compute.ts';
import { Dependents } from './dependents.ts';
import { isDeleting, ownerKey } from './owner-state.ts';

/** Deletes what was owned by something that is gone, in the way in which the deletion asked for it. */
export function garbage(store: ObjectStore): ReconcilerFactory {
  return () => {
    const dependents = new Dependents();
    const dependentsOf = (owner: KubeObject): KubeObject[] =>
      dependents
        .of(owner)
        .map((key) => store.get(key)?.object)
        .filter((object) => object !== undefined)
        .filter((object) => ownersOf(object).some(({ uid }) => uid === owner.metadata.uid));
    return {
      watches: [{ prefix: '/registry/', keys: (event) => concerned(dependents, event) }],
      reconcile(key): Plan {
        const object = store.get(key)?.object;
        if (!object) return nothingToDo;
        return { writes: computeGarbage(object, { store, dependentsOf }) };
      },
    };
  };
}

/** Events are many, own nothing, and are owned by nothing. */
const eventPrefix = '/registry/events/';

/** Keeps the account of who owns what, and says who is concerned by a change. */
function concerned(dependents: Dependents, event: StoreEvent): readonly string[] {
  const { type, stored, previous } = event;
  const { key, object } = stored;
  if (key.startsWith(eventPrefix)) return [];
  const before = previous?.object;
  const isNew = before?.metadata.uid !== object.metadata.uid;
  const others = before && (isNew || type === 'deleted') ? dependents.of(before) : [];
  const moved = type === 'deleted' || isNew || !jsonEqual(before && ownersOf(before), ownersOf(object));
  if (moved && before) dependents.remove(key, before);
  if (moved && type !== 'deleted') dependents.add(key, object);
  const owners = moved && before ? ownerKeys(before) : [];
  const itself = type !== 'deleted' && ((moved && ownersOf(object).length > 0) || isDeleting(object));
  return [...others, ...owners, ...(itself ? [key] : [])];
}

function ownerKeys(object: KubeObject): string[] {
  return ownersOf(object)
    .map((owner) => ownerKey(object, owner))
    .filter((key) => key !== undefined);
}
