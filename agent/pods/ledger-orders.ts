import { limits } from '@bramble/protocol/limits.ts';
import type { Manifest, ObjectOrder, Term } from '@bramble/protocol/messages/orders.ts';
import type { Room } from './admission.ts';
import type { Arrived, HeldObject, Ledger } from './ledger.ts';
import { settle } from './ledger-settle.ts';

/** Objects that wait for a manifest to name them may not take more than this. */
const arrivedBytes = 32 * 1024 * 1024;
/** Stores whose terms are remembered: the board's own, and those it was shown since. */
const maxTerms = 8;
const objectKey = /^(pods|configmaps|secrets)\/[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Takes a manifest that `refusal` has let pass. */
export function acceptManifest(ledger: Ledger, manifest: Manifest, nowMs: number, room: Room): Ledger {
  const objects = Object.fromEntries(Object.entries(manifest.objects).filter(([key]) => objectKey.test(key)));
  const { storeId, epoch, sequence } = manifest.fence;
  const terms = rememberTerm(ledger.terms, storeId, { epoch, sequence });
  const podCIDRs = newCIDRs(ledger, manifest) ?? ledger.podCIDRs;
  return settle({ ...ledger, manifest: { ...manifest, objects }, terms, podCIDRs }, nowMs, room);
}

/** Takes an object; it is used when a manifest names its digest. */
export function acceptObject(
  ledger: Ledger,
  key: string,
  order: ObjectOrder,
  bytes: number,
  nowMs: number,
  room: Room,
): Ledger {
  if (!objectKey.test(key)) return ledger;
  const { digest, object, sealed, ended, fence } = order;
  // What is held for an older manifest's sake may go with that, before the one comes that names it again.
  const isNamed = ledger.manifest?.objects[key] === digest;
  const known = ledger.objects.get(key);
  const isNews = known?.digest !== digest || (ended !== undefined && known.ended === undefined);
  if (isNamed && !isNews) return withoutArrived(ledger, key);
  const extras = { ...(sealed && { sealed }), ...(ended && { ended }) };
  const held: HeldObject = { digest, storeId: fence.storeId, object, ...extras };
  return settle({ ...ledger, arrived: withArrived(ledger.arrived, key, { held, bytes }) }, nowMs, room);
}

/** The controller has the pod's end on disk. */
export function acknowledgeGone(
  ledger: Ledger,
  uid: string,
  storeId: string,
  nowMs: number,
  room: Room,
): Ledger {
  const record = ledger.pods.get(uid);
  if (!record?.terminate || record.storeId !== storeId) return ledger;
  return settle({ ...ledger, acknowledged: new Set([...ledger.acknowledged, uid]) }, nowMs, room);
}

/** Where they are the same, the journal need not be told again. */
function newCIDRs({ podCIDRs }: Ledger, manifest: Manifest): readonly string[] | undefined {
  const ordered = manifest.podCIDRs;
  const isSame = ordered.length === podCIDRs.length && ordered.every((cidr, at) => cidr === podCIDRs[at]);
  return isSame || ordered.length === 0 ? undefined : ordered;
}

function rememberTerm(terms: ReadonlyMap<string, Term>, storeId: string, term: Term): Map<string, Term> {
  const next = new Map(terms);
  next.delete(storeId);
  next.set(storeId, term);
  for (const oldest of next.keys()) {
    if (next.size <= maxTerms) break;
    next.delete(oldest);
  }
  return next;
}

function withoutArrived(ledger: Ledger, key: string): Ledger {
  if (!ledger.arrived.has(key)) return ledger;
  const arrived = new Map(ledger.arrived);
  arrived.delete(key);
  return { ...ledger, arrived };
}

function withArrived(
  arrived: ReadonlyMap<string, Arrived>,
  key: string,
  one: Arrived,
): ReadonlyMap<string, Arrived> {
  const next = new Map(arrived);
  next.delete(key);
  next.set(key, one);
  let total = 0;
  for (const { bytes } of next.values()) total += bytes;
  for (const [oldest, { bytes }] of next) {
    if (next.size <= limits.manifestObjects && total <= arrivedBytes) break;
    next.delete(oldest);
    total -= bytes;
  }
  return next;
}
