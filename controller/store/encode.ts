import type { KubeObject, ObjectMeta } from '@bramble/protocol/kube.ts';
import type { Condition, StoredObject, Transaction } from './types.ts';

/**
 * An object encoded but for its revision, which only the commit knows. The costly part is done when the write
 * arrives, while the batch before it is on its way to the disk.
 */
export interface EncodedObject {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The JSON up to the value of `metadata.resourceVersion`, which comes last. */
  readonly before: string;
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
    size += write.type === 'put' ? write.encoded.before.length : write.key.length;
  return size;
}

/** Where the revision comes last, one call encodes all of the object that comes before it. */
const afterRevision = '"}}';

export function encodeObject(object: KubeObject): EncodedObject {
  const { metadata: given, ...fields } = object;
  const { resourceVersion: _, ...metadata } = given;
  const json = JSON.stringify({ ...fields, metadata: { ...metadata, resourceVersion: '' } });
  freezeDeep(fields);
  freezeDeep(metadata);
  return { fields, metadata, before: json.slice(0, -afterRevision.length) };
}

/** What is stored, for another revision: frozen and encoded as it is already. */
export function encodedOf({ object, revision, json }: StoredObject): EncodedObject {
  const end = `${revision}${afterRevision}`;
  // The JSON of a backup or of another writer may have its revision elsewhere.
  if (!json.endsWith(`"resourceVersion":"${end}`)) return encodeObject(object);
  const { metadata, ...fields } = object;
  return { fields, metadata, before: json.slice(0, -end.length) };
}

/** Its JSON at `revision`, in parts: to write bytes, joining them first would copy it once more. */
export function jsonParts(encoded: EncodedObject, revision: number): readonly [string, string] {
  return [encoded.before, `${revision}${afterRevision}`];
}

/** The object as it is stored at `revision`. */
export function stamp(encoded: EncodedObject, key: string, revision: number): StoredObject {
  const metadata = Object.freeze({ ...encoded.metadata, resourceVersion: String(revision) }) as ObjectMeta;
  const object = Object.freeze({ ...encoded.fields, metadata }) as KubeObject;
  return Object.freeze({ key, object, revision, json: `${encoded.before}${revision}${afterRevision}` });
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

/** Runs for every part of every object that is written: no list of names or values is made, and nothing is called in vain. */
function freezeDeep(value: object): void {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) freezeDeep(item);
  } else {
    for (const name in value) {
      const part = (value as Record<string, unknown>)[name];
      if (typeof part === 'object' && part !== null) freezeDeep(part);
    }
  }
  Object.freeze(value);
}
