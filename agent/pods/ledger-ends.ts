import { isNewer } from '@bramble/protocol/messages/orders.ts';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import { ownGraceSeconds } from './grace.ts';
import { type Ledger, type PodRecord, podObject } from './ledger.ts';

/** A pod that was deleted ends with the grace that the deletion gave; a later, shorter grace counts from then. */
export function endingIfDeleted(record: PodRecord, pod: Pod | undefined, nowMs: number): PodRecord {
  if (pod?.metadata?.deletionTimestamp === undefined) return record;
  const graceSeconds = pod.metadata.deletionGracePeriodSeconds ?? ownGraceSeconds(pod);
  const { terminate } = record;
  const isSooner =
    !terminate || nowMs + graceSeconds * 1_000 < terminate.sinceMs + terminate.graceSeconds * 1_000;
  return isSooner ? { ...record, terminate: { sinceMs: nowMs, graceSeconds } } : record;
}

/**
 * Of a pod whose deletion was kept, or a manifest that left it out, and nothing of its end: power went between the two, or
 * the card has lost it.
 */
export function withEndsBegun(ledger: Ledger, nowMs: number): Ledger {
  const begun = [...ledger.pods.values()]
    .filter(({ terminate }) => !terminate)
    .map((record) => endingIfDeleted(record, podObject(ledger, record.uid), nowMs))
    .map((record) => endingIfLeftOut(record, ledger, nowMs))
    .filter(({ terminate }) => terminate);
  if (begun.length === 0) return ledger;
  return {
    ...ledger,
    pods: new Map([...ledger.pods, ...begun.map((record) => [record.uid, record] as const)]),
  };
}

/** A manifest that is in the journal was obeyed, whether it is the last one or the card has lost newer ones. */
function endingIfLeftOut(record: PodRecord, ledger: Ledger, nowMs: number): PodRecord {
  const { uid, storeId, namedBy, terminate } = record;
  const { noted } = ledger;
  if (terminate || !namedBy || noted?.fence.storeId !== storeId) return record;
  if (noted.objects[`pods/${uid}`] !== undefined || !isNewer(noted.fence, namedBy)) return record;
  return { ...record, terminate: { sinceMs: nowMs, graceSeconds: ownGraceSeconds(podObject(ledger, uid)) } };
}
