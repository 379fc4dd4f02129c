import { storeKey } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { prune } from '@bramble/protocol/schema/index.ts';
import { jsonEqual } from '@bramble/protocol/schema/json.ts';
import { planDeletion } from '../../apiserver/deletion.ts';
import type { EventNote } from '../../events/recorder.ts';
import type { StoredObject, Transaction, Write } from '../../store/types.ts';
import type { JobObject, PodObject } from '../../workloads/objects.ts';
import { isDeleting } from '../../workloads/pod-facts.ts';
import { noter } from '../notes.ts';
import { podCreation, podDeletion } from '../pod-writes.ts';
import type { PlannedWrite } from '../queue/reconciler.ts';
import { knownKind } from '../template.ts';
import type { JobDecision } from './compute.ts';
import type { Ending } from './ending.ts';
import { tracked, untracked, withIndex } from './pods.ts';

const kind = knownKind('batch', 'jobs');
const podKind = knownKind('', 'pods');
const note = noter('bramble-job');

/** What is decided about a job, as writes. */
export function jobWrites(
  stored: StoredObject,
  decision: JobDecision,
  revisionOf: (pod: PodObject) => number,
  nowMs: number,
): PlannedWrite[] {
  const job = stored.object as JobObject;
  const creations = decision.create.map((index) =>
    podCreation(kind, job, job.spec.template, note, (pod) =>
      tracked(index === undefined ? pod : withIndex(pod, job, index)),
    ),
  );
  const removals = decision.remove.map((pod) =>
    decision.counts ? podDeletion(job, pod, note) : silentRemoval(job, pod, revisionOf(pod), nowMs),
  );
  return [...counted(stored, decision, revisionOf), ...creations, ...removals];
}

/** The status and the pods that it now counts: in one transaction, or not at all. */
function counted(
  { key, revision, object }: StoredObject,
  { status, count, ended }: JobDecision,
  revisionOf: (pod: PodObject) => number,
): PlannedWrite[] {
  const wanted = prune(kind, { status })['status'] ?? {};
  if (count.newly.length === 0 && jsonEqual(object['status'] ?? {}, wanted)) return [];
  const next = { ...object, status: wanted } as KubeObject;
  const transaction: Transaction = {
    conditions: [
      { key, revision },
      ...count.newly.map((pod) => ({ key: keyOf(pod), revision: revisionOf(pod) })),
    ],
    writes: [{ type: 'put', key, object: next }, ...count.newly.map((pod) => release(pod))],
  };
  const onDone = ended && (() => endingNote(next, ended));
  return [{ write: { type: 'transaction', transaction }, ...(onDone && { onDone }) }];
}

function endingNote(job: KubeObject, { type, reason, message }: Ending): EventNote {
  if (type === 'Complete') return note(job, 'Normal', 'Completed', 'Job completed');
  return note(job, 'Warning', reason, message);
}

/** The pod without the job's hold on it: gone at once, if that was all that kept it. */
export function release(pod: PodObject): Write {
  const object = untracked(pod);
  const held = (object.metadata.finalizers ?? []).length > 0;
  const waits = (object.metadata.deletionGracePeriodSeconds ?? 0) > 0 && Boolean(pod.spec.nodeName);
  if (isDeleting(pod) && !held && !waits) return { type: 'delete', key: keyOf(pod) };
  return { type: 'put', key: keyOf(pod), object };
}

/** Deleted and let go in one step: the job asked for it, so that it counts neither as success nor as failure. */
function silentRemoval(job: JobObject, pod: PodObject, revision: number, nowMs: number): PlannedWrite {
  const key = keyOf(pod);
  const plan = planDeletion(podKind, untracked(pod), undefined, nowMs);
  const write: Write =
    plan.type === 'mark' ? { type: 'put', key, object: plan.object } : { type: 'delete', key };
  const message = `Deleted pod: ${pod.metadata.name}`;
  return {
    write: { type: 'transaction', transaction: { conditions: [{ key, revision }], writes: [write] } },
    onDone: () => note(job, 'Normal', 'SuccessfulDelete', message),
  };
}

function keyOf({ metadata }: PodObject): string {
  return storeKey(podKind, metadata.namespace, metadata.name);
}
