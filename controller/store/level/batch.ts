import { type Applied, applyTransactions, type StateReader } from '../apply.ts';
import { type EncodedTransaction, jsonParts } from '../encode.ts';
import type { StoredObject } from '../types.ts';
import type { Operation } from './database.ts';
import { type Head, headAfter, metaKeys } from './layout.ts';

/** A batch for LevelDB. */
export interface Batch {
  readonly applied: Applied;
  readonly operations: Operation[];
  /** The very head that it stands on: on any other state it would be wrong. */
  readonly base: Head;
  /** The head after it; that of `base` when nothing changes. */
  readonly head: Head;
}

/** One operation per key that changes, and the new head; none when nothing changes. */
export function batchFor(state: StateReader, base: Head, transactions: readonly EncodedTransaction[]): Batch {
  const applied = applyTransactions(state, base.revision, transactions);
  const operations: Operation[] = [];
  if (applied.events.length === 0) return { applied, operations, base, head: base };
  let head = base;
  for (const [key, { before, after, encoded }] of applied.changes) {
    operations.push(
      after && encoded
        ? { type: 'put', key, json: jsonParts(encoded, after.revision) }
        : { type: 'del', key },
    );
    head = headAfter(head, applied.revision, before, after);
  }
  operations.push({ type: 'put', key: metaKeys.head, json: [JSON.stringify(head)] });
  return { applied, operations, base, head };
}

/** The state as it will be when the batches that are on their way have arrived. */
export function expectedState(
  objects: ReadonlyMap<string, StoredObject>,
  underWay: readonly Batch[],
): StateReader {
  if (underWay.length === 0) return objects;
  const newestFirst = underWay.map((batch) => batch.applied.changes).reverse();
  return {
    get(key) {
      for (const changes of newestFirst) {
        const change = changes.get(key);
        if (change) return change.after;
      }
      return objects.get(key);
    },
  };
}
