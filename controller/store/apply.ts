import { type EncodedTransaction, encodedOf, stamp } from './encode.ts';
import type { EngineEvent } from './engine.ts';
import type { StoredObject, TransactionResult } from './types.ts';

export interface StateReader {
  get(key: string): StoredObject | undefined;
}

/** The newest state of every key that changed; `null`: deleted. */
export type Changes = ReadonlyMap<string, StoredObject | null>;

/** What the transactions make of the state, before any of it is durable. */
export interface Applied {
  readonly results: TransactionResult[];
  readonly events: EngineEvent[];
  readonly changes: Changes;
  readonly revision: number;
}

/**
 * The pure heart of every engine: the transactions one after another, each on what the ones before it left, each
 * write with the next revision.
 */
export function applyTransactions(
  base: StateReader,
  revision: number,
  transactions: readonly EncodedTransaction[],
): Applied {
  const overlay = new Overlay(base);
  const results: TransactionResult[] = [];
  const events: EngineEvent[] = [];
  let newest = revision;
  for (const transaction of transactions) {
    const conflict = firstConflict(overlay, transaction);
    if (conflict) {
      results.push({ ok: false, reason: 'conflict', key: conflict, current: overlay.get(conflict) });
      continue;
    }
    const objects = applyWrites(overlay, newest, transaction, events);
    newest += objects.length;
    results.push({ ok: true, objects, revision: newest });
  }
  return { results, events, changes: overlay.changes, revision: newest };
}

/** The state with changes on top that are not part of it yet. */
class Overlay {
  readonly changes = new Map<string, StoredObject | null>();
  readonly #base: StateReader;

  constructor(base: StateReader) {
    this.#base = base;
  }

  get(key: string): StoredObject | undefined {
    const changed = this.changes.get(key);
    return changed === undefined ? this.#base.get(key) : (changed ?? undefined);
  }
}

/** The key that keeps the transaction from being applied. */
function firstConflict(overlay: Overlay, transaction: EncodedTransaction): string | undefined {
  for (const { key, revision } of transaction.conditions)
    if ((overlay.get(key)?.revision ?? 0) !== revision) return key;
  return firstDeleteOfNothing(overlay, transaction);
}

function firstDeleteOfNothing(overlay: Overlay, { writes }: EncodedTransaction): string | undefined {
  if (!writes.some((write) => write.type === 'delete')) return undefined;
  const present = new Map<string, boolean>();
  for (const { type, key } of writes) {
    const exists = present.get(key) ?? overlay.get(key) !== undefined;
    if (type === 'delete' && !exists) return key;
    present.set(key, type === 'put');
  }
  return undefined;
}

function applyWrites(
  overlay: Overlay,
  revision: number,
  transaction: EncodedTransaction,
  events: EngineEvent[],
): StoredObject[] {
  return transaction.writes.map((write, index) => {
    const own = revision + index + 1;
    if (write.type === 'put') {
      const stored = stamp(write.encoded, write.key, own);
      overlay.changes.set(write.key, stored);
      events.push({ type: 'put', stored });
      return stored;
    }
    const last = overlay.get(write.key) as StoredObject;
    const stored = stamp(encodedOf(last), write.key, own);
    overlay.changes.set(write.key, null);
    events.push({ type: 'delete', stored });
    return stored;
  });
}
