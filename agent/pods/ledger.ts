import { type Fence, isNewer, type Manifest, type Term } from '@bramble/protocol/messages/orders.ts';
import type { Pod, PodStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { Termination } from './desired.ts';
import type { ContainerIdentity } from './labels.ts';

/** One object as the controller sent it; a Secret's data stays sealed, also on the card. */
export interface HeldObject {
  readonly digest: string;
  /** The store whose manifest named it last. */
  readonly storeId: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly sealed?: string | undefined;
  /** Of a pod that had ended, as far as the controller knew, when it was sent. */
  readonly ended?: PodStatus | undefined;
}

/** A container of a pod that the journal knows nothing of. */
export interface Orphan extends ContainerIdentity {
  /** It, or another one of its pod. */
  readonly runs?: boolean;
}

/** What the board has decided about one pod, beside the pod itself. It stays until the pod's end is acknowledged. */
export interface PodRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly storeId: string;
  /** The order by which its store brought or claimed it: a newer manifest of that store that does not name it has ended it. */
  readonly namedBy?: Term | undefined;
  readonly receivedAtMs: number;
  readonly addresses: readonly string[];
  readonly terminate?: Termination | undefined;
  readonly final?: PodStatus | undefined;
}

/** All that the board was told, and what it made of it. Replaced as a whole, never changed. */
export interface Ledger {
  /** The newest manifest; some of what it names may not have arrived yet. */
  readonly manifest: Manifest | undefined;
  /** By which it was decided what is kept: it is in the journal beside that, though some of what it names may be lacking. */
  readonly noted: Manifest | undefined;
  /** Of the newest manifest of which everything had arrived. */
  readonly complete: Fence | undefined;
  /** The newest order of each store. */
  readonly terms: ReadonlyMap<string, Term>;
  readonly podCIDRs: readonly string[];
  /** By `{plural}/{uid}`. */
  readonly objects: ReadonlyMap<string, HeldObject>;
  /** Objects that no manifest names yet. */
  readonly arrived: ReadonlyMap<string, Arrived>;
  readonly pods: ReadonlyMap<string, PodRecord>;
  /** Pods whose end the controller has on disk, but whose name is still in the manifest. */
  readonly acknowledged: ReadonlySet<string>;
  /** Containers of pods that the journal knows nothing of, by the pod's uid; `undefined`: nobody has looked yet. */
  readonly orphans: ReadonlyMap<string, Orphan> | undefined;
  /** Pods of the journal that nobody has looked at since the agent's start: a crash may have lost that they have ended. */
  readonly unseen: ReadonlySet<string>;
  /** Addresses in namespaces of pods of which no record tells any, by uid; `undefined`: nobody has looked yet. */
  readonly found: ReadonlyMap<string, readonly string[]> | undefined;
}

export interface Arrived {
  readonly held: HeldObject;
  readonly bytes: number;
}

export const emptyLedger: Ledger = {
  manifest: undefined,
  noted: undefined,
  complete: undefined,
  terms: new Map(),
  podCIDRs: [],
  objects: new Map(),
  arrived: new Map(),
  pods: new Map(),
  acknowledged: new Set(),
  orphans: new Map(),
  unseen: new Set(),
  found: new Map(),
};

/** Why an order is not obeyed; `undefined` when it may be. */
export function refusal(ledger: Ledger, fence: Fence, isManifest: boolean): string | undefined {
  const term = ledger.terms.get(fence.storeId);
  if (!term) return undefined;
  if (fence.epoch < term.epoch)
    return `epoch ${fence.epoch} is over: this board has obeyed ${term.epoch} of the same store`;
  if (isManifest && fence.epoch === term.epoch && fence.sequence < term.sequence)
    return `manifest ${fence.sequence} is older than ${term.sequence}`;
  if (isManifest && isSame(fence, term) && ledger.manifest?.fence.storeId !== fence.storeId)
    return `manifest ${fence.sequence} was obeyed before, and counts no more`;
  return undefined;
}

/** What came before the last manifest of a store that another one has replaced was told to this board when it was due. */
export function objectRefusal(ledger: Ledger, fence: Fence): string | undefined {
  const reason = refusal(ledger, fence, false);
  const term = ledger.terms.get(fence.storeId);
  const isReplaced = ledger.manifest !== undefined && ledger.manifest.fence.storeId !== fence.storeId;
  if (reason !== undefined || !term || !isReplaced) return reason;
  if (isNewer(fence, term)) return undefined;
  return `manifest ${term.sequence} was obeyed after it, and counts no more`;
}

/** Each manifest has a sequence of its own: what has the same is a copy of it, and harmless while that is the newest. */
function isSame(one: Term, other: Term): boolean {
  return one.epoch === other.epoch && one.sequence === other.sequence;
}

export function podObject(ledger: Ledger, uid: string): Pod | undefined {
  return ledger.objects.get(`pods/${uid}`)?.object as Pod | undefined;
}

/** Whether a pod runs on under a store that did not order it. */
export function isUnclaimed(ledger: Ledger, record: PodRecord): boolean {
  return ledger.manifest !== undefined && record.storeId !== ledger.manifest.fence.storeId;
}

/** What a manifest names and has not arrived. */
export function missingKeys({
  manifest,
  objects,
}: { manifest: Manifest } & Pick<Ledger, 'objects'>): string[] {
  return Object.entries(manifest.objects)
    .filter(([key, digest]) => objects.get(key)?.digest !== digest)
    .map(([key]) => key);
}

/**
 * What the board holds, as its birth tells it: also what is not on disk yet, which a crash would ask for again. Not what waits
 * for a manifest of another store, or for the first one: it is taken under a manifest of its own store alone. Nor a pod of which
 * there is no record: a damaged card may have lost that it has ended, which is told with the object.
 */
export function heldDigests(ledger: Ledger): Record<string, string> {
  const held: Record<string, string> = {};
  for (const [key, { digest, ended }] of ledger.objects)
    if (ended !== undefined || !key.startsWith('pods/') || ledger.pods.has(key.slice('pods/'.length)))
      held[key] = digest;
  const storeId = ledger.manifest?.fence.storeId;
  for (const [key, { held: object }] of ledger.arrived)
    if (object.storeId === storeId) held[key] = object.digest;
  return held;
}

export function finish(ledger: Ledger, uid: string, final: PodStatus): Ledger {
  const record = ledger.pods.get(uid);
  if (!record || record.final) return ledger;
  return { ...ledger, pods: new Map(ledger.pods).set(uid, { ...record, final }) };
}
