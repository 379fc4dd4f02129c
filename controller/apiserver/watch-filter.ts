import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { StoreEvent } from '../store/types.ts';

/** The event as somebody sees it who only knows the objects that match: one may come or go without being made or deleted. */
export function filterEvent(
  event: StoreEvent,
  matches: (object: KubeObject) => boolean,
): StoreEvent | undefined {
  const { stored, previous } = event;
  const before = previous ? matches(previous.object) : event.type === 'deleted' && matches(stored.object);
  const after = event.type !== 'deleted' && matches(stored.object);
  if (!before && !after) return undefined;
  const type = before ? (after ? 'modified' : 'deleted') : 'added';
  return type === event.type ? event : { type, stored, previous };
}
