import { fence, manifest as manifestSchema } from '@bramble/protocol/messages/orders.ts';
import { anyObject, wholeFrom } from '@bramble/protocol/shapes.ts';
import * as z from '@bramble/protocol/zod.ts';
import type { JournalRecord } from '../journal/port.ts';
import { emptyLedger, type HeldObject, type Ledger, missingKeys, type PodRecord } from './ledger.ts';

const whole = wholeFrom(0);
const termSchema = z.object({ epoch: whole, sequence: whole });
const termsSchema = z.record(z.string(), termSchema);
const heldSchema = z.object({
  digest: z.string(),
  storeId: z.string(),
  object: anyObject,
  sealed: z.optional(z.string()),
  ended: z.optional(anyObject),
});
const podSchema = z.object({
  uid: z.string(),
  namespace: z.string(),
  name: z.string(),
  storeId: z.string(),
  namedBy: z.optional(termSchema),
  receivedAtMs: z.number(),
  addresses: z.array(z.string()),
  terminate: z.optional(z.object({ sinceMs: z.number(), graceSeconds: z.number() })),
  final: z.optional(anyObject),
});

/** What a ledger leaves in the journal, by key. Nothing in it changes unless somebody ordered or ended something. */
function recordsOf(ledger: Ledger): Map<string, unknown> {
  const records = new Map<string, unknown>();
  if (ledger.noted) records.set('manifest', ledger.noted);
  if (ledger.complete && ledger.complete !== ledger.noted?.fence) records.set('complete', ledger.complete);
  if (ledger.noted || ledger.terms.size > 0) records.set('terms', foreignTerms(ledger));
  if (ledger.podCIDRs.length > 0) records.set('network', ledger.podCIDRs);
  for (const [key, held] of ledger.objects) records.set(`objects/${key}`, held);
  for (const [uid, record] of ledger.pods) records.set(`pods/${uid}`, record);
  return records;
}

/** The terms of other stores; the bound one's is in its manifest, so that a new manifest is one record. */
function foreignTerms({ terms, noted }: Ledger): string {
  return JSON.stringify(
    Object.fromEntries([...terms].filter(([storeId]) => storeId !== noted?.fence.storeId)),
  );
}

/** The writes that make a journal which holds `before` hold `after`. */
export function recordsBetween(before: Ledger, after: Ledger): JournalRecord[] {
  const old = recordsOf(before);
  const fresh = recordsOf(after);
  const writes: JournalRecord[] = [];
  for (const [key, value] of fresh) {
    if (old.get(key) !== value)
      writes.push({ key, value: key === 'terms' ? JSON.parse(String(value)) : value });
  }
  for (const key of old.keys()) if (!fresh.has(key)) writes.push({ key, value: undefined });
  return writes;
}

/**
 * What is left to go by where the journal has lost lines. Its manifest may be an older one than the last, and would end
 * the pods that came later; the orders' terms are kept, so that no old manifest is obeyed either.
 */
export function withoutManifest(ledger: Ledger): Ledger {
  return { ...ledger, manifest: undefined, noted: undefined, complete: undefined };
}

/** The ledger as the journal has it. Records that have another form are named, and left where they are. */
export function ledgerOf(records: ReadonlyMap<string, unknown>): { ledger: Ledger; unreadable: string[] } {
  const unreadable: string[] = [];
  const read = <T>(key: string, schema: z.ZodMiniType<T>): T | undefined => {
    if (!records.has(key)) return undefined;
    const parsed = schema.safeParse(records.get(key));
    if (!parsed.success) unreadable.push(key);
    return parsed.data;
  };
  const objects = new Map<string, HeldObject>();
  const pods = new Map<string, PodRecord>();
  for (const key of records.keys()) {
    const held = key.startsWith('objects/') ? read(key, heldSchema) : undefined;
    const pod = key.startsWith('pods/') ? read(key, podSchema) : undefined;
    if (held) objects.set(key.slice('objects/'.length), held);
    if (pod) pods.set(pod.uid, pod);
  }
  const manifest = read('manifest', manifestSchema);
  const terms = new Map(Object.entries(read('terms', termsSchema) ?? {}));
  if (manifest) terms.set(manifest.fence.storeId, manifest.fence);
  const podCIDRs = read('network', z.array(z.string())) ?? [];
  return {
    ledger: {
      ...emptyLedger,
      manifest,
      noted: manifest,
      complete:
        manifest && missingKeys({ manifest, objects }).length === 0
          ? manifest.fence
          : read('complete', fence),
      terms,
      podCIDRs,
      objects,
      pods,
    },
    unreadable,
  };
}
