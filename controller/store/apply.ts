import { type EncodedObject, type EncodedTransaction, encodedOf, stamp } from './encode.ts';
import type { EngineEvent } from './engine.ts';
import type { StoredObject, TransactionResult } from './types.ts';

export interface StateReader {
  get(key: string): StoredObject | undefined;
}

/** What became of one key; `undefined` where there is no object. */
export interface Change {
  readonly before: StoredObject | undefined;
  readonly after: StoredObject | undefined;
  /** What `after` was made of. */
  readonly encoded: EncodedObject | undefined;
}

/** By key, whatever happened to it on the way. */
export type Changes = ReadonlyMap<string, Change>;

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
  readonly changes = new Map<string, Change>();
  readonly #base: StateReader;
  /** Most transactions ask for one key, and then change it. */
  #asked: string | undefined;
  #found: StoredObject | undefined;

  constructor(base: StateReader) {
    this.#base = base;
  }

  get(key: string): StoredObject | undefined {
    const change = this.changes.get(key);
    return change ? change.after : this.#before(key);
  }

  put(key: string, after: StoredObject, encoded: EncodedObject): void {
    this.changes.set(key, { before: this.#before(key), after, encoded });
  }

  delete(key: string): void {
    this.changes.set(key, { before: this.#before(key), after: undefined, encoded: undefined });
  }

  #before(key: string): StoredObject | undefined {
    if (key === this.#asked) return this.#found;
    this.#asked = key;
    this.#found = this.#base.get(key);
    return this.#found;
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
      overlay.put(write.key, stored, write.encoded);
      events.push({ type: 'put', stored });
      return stored;
    }
    const last = overlay.get(write.key) as StoredObject;
    const stored = stamp(encodedOf(last), write.key, own);
    overlay.delete(write.key);
    events.push({ type: 'delete', stored });
    return stored;
  });
}
