import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { EventNote } from '../events/recorder.ts';

/** A note about an object, by one reconciler. */
export type Noter = (
  about: KubeObject,
  type: EventNote['type'],
  reason: string,
  message: string,
) => EventNote;

/** @param source who tells: `bramble-deployment`, … */
export function noter(source: string): Noter {
  return (about, type, reason, message) => ({ about, type, reason, message, source });
}
