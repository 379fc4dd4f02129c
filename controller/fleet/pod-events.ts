import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { PodNote, PodReport } from '@bramble/protocol/messages/orders.ts';
import type { PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { EventNote } from '../events/recorder.ts';

/** A note, and its number where the board numbered it. */
export interface Noted {
  readonly number: number | undefined;
  readonly note: EventNote;
}

const source = 'bramble-agent';

/** What a report tells of a pod: what its board saw happen, and why the whole pod is in a state that it was not in before. */
export function podNotes(
  before: KubeObject,
  after: KubeObject,
  { notes = [] }: Pick<PodReport, 'notes'>,
  node: string,
): Noted[] {
  const told = notes.map((each) => ({ number: each.number, note: noteOf(each, after, node) }));
  const { reason, message } = statusOf(after);
  if (!reason || reason === statusOf(before).reason) return told;
  const ofPod: EventNote = {
    type: 'Warning',
    reason,
    message: message || reason,
    source,
    node,
    about: after,
  };
  return [...told, { number: undefined, note: ofPod }];
}

function noteOf({ number: _number, ...note }: PodNote, about: KubeObject, node: string): EventNote {
  const { fieldPath, ...rest } = note;
  return { ...rest, source, node, about, ...(fieldPath === undefined ? {} : { fieldPath }) };
}

function statusOf(pod: KubeObject): PodStatus {
  return (pod['status'] ?? {}) as PodStatus;
}
