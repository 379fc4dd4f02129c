import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import { withMetadata } from './metadata.ts';
import { millisecondsOf, timeOf } from './time.ts';

export type DeletionPlan =
  | { readonly type: 'remove' }
  /** Written with its deletionTimestamp; somebody else ends it (agent, reconciler, owner of a finalizer). */
  | { readonly type: 'mark'; readonly object: KubeObject }
  /** Already on its way out, and nothing gets shorter. */
  | { readonly type: 'unchanged' };

/** What becomes of the objects that it owns (meta/v1 DeletionPropagation). */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** Finalizers by which the garbage collector knows what was asked for. */
export const propagationFinalizers = { Foreground: 'foregroundDeletion', Orphan: 'orphan' } as const;

/**
 * What deleting an object means (Kubernetes: rest/delete.go and the pods' strategy).
 * `graceSeconds` and `propagation` are what the request asks for, if it does.
 */
export function planDeletion(
  kind: Kind,
  given: KubeObject,
  graceSeconds: number | undefined,
  nowMs: number,
  propagation?: Propagation,
): DeletionPlan {
  const object = withPropagation(given, propagation);
  if (object.metadata.deletionTimestamp !== undefined) {
    const plan = planShortening(kind, object, graceSeconds);
    return plan.type === 'unchanged' && object !== given ? { type: 'mark', object } : plan;
  }
  const grace = kind.plural === 'pods' ? podGrace(object, graceSeconds) : 0;
  if (grace === 0 && !isHeld(kind, object)) return { type: 'remove' };
  return { type: 'mark', object: marked(kind, object, grace, nowMs + grace * 1_000) };
}

/** The object with the finalizer that its dependents' fate asks for; the same one where nothing is asked, or nothing new. */
function withPropagation(object: KubeObject, propagation: Propagation | undefined): KubeObject {
  if (propagation === undefined) return object;
  const before = object.metadata.finalizers ?? [];
  const { Foreground, Orphan } = propagationFinalizers;
  const others = before.filter((finalizer) => finalizer !== Foreground && finalizer !== Orphan);
  const wanted = propagation === 'Background' ? [] : [propagationFinalizers[propagation]];
  const finalizers = [...others, ...wanted];
  if (finalizers.length === before.length && finalizers.every((one) => before.includes(one))) return object;
  if (finalizers.length > 0) return withMetadata(object, { finalizers });
  const { finalizers: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** A pod that runs nowhere has nothing to wind down. */
function podGrace(pod: KubeObject, asked: number | undefined): number {
  const spec = objectAt(pod, 'spec');
  const phase = objectAt(pod, 'status')['phase'];
  if (!spec['nodeName'] || phase === 'Succeeded' || phase === 'Failed') return 0;
  const seconds = asked ?? Number(spec['terminationGracePeriodSeconds'] ?? 30);
  return seconds < 0 ? 1 : seconds;
}

/** A second deletion may only make the grace shorter. */
function planShortening(kind: Kind, object: KubeObject, asked: number | undefined): DeletionPlan {
  const current = object.metadata.deletionGracePeriodSeconds ?? 0;
  const grace = asked !== undefined && asked < 0 ? 1 : asked;
  if (grace === undefined || grace >= current) {
    return current === 0 && !isHeld(kind, object) ? { type: 'remove' } : { type: 'unchanged' };
  }
  if (grace === 0 && !isHeld(kind, object)) return { type: 'remove' };
  const end = millisecondsOf(object.metadata.deletionTimestamp) ?? 0;
  const deletionTimestamp = timeOf(end - (current - grace) * 1_000);
  return {
    type: 'mark',
    object: withMetadata(object, { deletionTimestamp, deletionGracePeriodSeconds: grace }),
  };
}

/** Somebody has still to clean up after it. */
export function isHeld(kind: Kind, object: KubeObject): boolean {
  if ((object.metadata.finalizers ?? []).length > 0) return true;
  return kind.plural === 'namespaces' && listAt(objectAt(object, 'spec'), 'finalizers').length > 0;
}

function marked(kind: Kind, object: KubeObject, grace: number, endMs: number): KubeObject {
  const { generation } = object.metadata;
  const changed = withMetadata(object, {
    deletionTimestamp: timeOf(endMs),
    deletionGracePeriodSeconds: grace,
    // Whoever acts on the object behaves differently from now on, as after a change of its spec.
    ...(generation === undefined ? {} : { generation: generation + 1 }),
  });
  if (kind.plural !== 'namespaces') return changed;
  return { ...changed, status: { ...objectAt(object, 'status'), phase: 'Terminating' } };
}

/** Whether this change took the last hold off an object that is being deleted, so that it goes now. */
export function isReleased(kind: Kind, current: KubeObject, next: KubeObject): boolean {
  if (next.metadata.deletionTimestamp === undefined) return false;
  const waits = (next.metadata.deletionGracePeriodSeconds ?? 0) > 0;
  return isHeld(kind, current) && !isHeld(kind, next) && !waits;
}
