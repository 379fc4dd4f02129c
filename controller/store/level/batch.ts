import type { Applied } from '../apply.ts';
import type { StoredObject } from '../types.ts';
import type { Operation } from './database.ts';
import { encodeValue, type Head, headAfter, metaKeys } from './layout.ts';

/** A batch for LevelDB, and the head that the store has after it. */
export interface Batch {
  readonly operations: Operation[];
  readonly head: Head;
  readonly applied: Applied;
}

/** One operation per key that changed, and the new head. */
export function batchFor(applied: Applied, base: ReadonlyMap<string, StoredObject>, head: Head): Batch {
  const operations: Operation[] = [];
  let newest = { ...head, revision: applied.revision };
  for (const [key, stored] of applied.changes) {
    operations.push(stored ? { type: 'put', key, value: encodeValue(stored.json) } : { type: 'del', key });
    newest = headAfter(newest, applied.revision, base.get(key), stored);
  }
  operations.push({ type: 'put', key: metaKeys.head, value: encodeValue(JSON.stringify(newest)) });
  return { operations, head: newest, applied };
}
