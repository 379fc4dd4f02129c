import type { KubeObject, ObjectMeta } from '@bramble/protocol/kube.ts';
import type { Condition, StoredObject, Transaction } from './types.ts';

/**
 * An object encoded but for its revision, which only the commit knows. The costly part is done when the write
 * arrives, while the batch before it is on its way to the disk.
 */
export interface EncodedObject {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** JSON before and after the value of `resourceVersion`. */
  readonly before: string;
  readonly after: string;
}

export type EncodedWrite =
  | { readonly type: 'put'; readonly key: string; readonly encoded: EncodedObject }
  | { readonly type: 'delete'; readonly key: string };

export interface EncodedTransaction {
  readonly conditions: readonly Condition[];
  readonly writes: readonly EncodedWrite[];
}

/** Freezes what the transaction holds. @throws TypeError for what JSON cannot say. */
export function encodeTransaction(transaction: Transaction): EncodedTransaction {
  const writes = transaction.writes.map((write): EncodedWrite => {
    if (write.type === 'delete') return write;
    return { type: 'put', key: write.key, encoded: encodeObject(write.object) };
  });
  return { conditions: transaction.conditions, writes };
}

/** Roughly the bytes that a transaction keeps in memory while it waits. */
export function encodedSize(transaction: EncodedTransaction): number {
  let size = 0;
  for (const write of transaction.writes)
    size +=
      write.type === 'put' ? write.encoded.before.length + write.encoded.after.length : write.key.length;
  return size;
}

export function encodeObject(object: KubeObject): EncodedObject {
  const { metadata, ...fields } = object;
  const { resourceVersion: _, ...rest } = metadata;
  let before = '{';
  for (const [name, value] of Object.entries(fields)) {
    // As JSON.stringify does, a field that is undefined is left out.
    const json = JSON.stringify(value);
    if (json !== undefined) before += `${JSON.stringify(name)}:${json},`;
  }
  const restJson = JSON.stringify(rest).slice(0, -1);
  before += `"metadata":${restJson}${restJson === '{' ? '' : ','}"resourceVersion":"`;
  freezeDeep(fields);
  freezeDeep(rest);
  return { fields, metadata: rest, before, after: '"}}' };
}

/** The object as it is stored at `revision`. */
export function stamp(encoded: EncodedObject, key: string, revision: number): StoredObject {
  const metadata = Object.freeze({ ...encoded.metadata, resourceVersion: String(revision) }) as ObjectMeta;
  const object = Object.freeze({ ...encoded.fields, metadata }) as KubeObject;
  return Object.freeze({ key, object, revision, json: `${encoded.before}${revision}${encoded.after}` });
}

/** @throws SyntaxError when `json` is none, or no object with a revision. */
export function decodeStored(key: string, json: string): StoredObject {
  const object = JSON.parse(json) as KubeObject;
  const revision = Number(object?.metadata?.resourceVersion);
  if (!Number.isSafeInteger(revision) || revision < 1)
    throw new SyntaxError(`${key} has no metadata.resourceVersion that is a revision`);
  freezeDeep(object);
  return Object.freeze({ key, object, revision, json });
}

function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const inner of Object.values(value)) freezeDeep(inner);
  Object.freeze(value);
}
