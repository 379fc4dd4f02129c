import { BrambleError } from '@bramble/protocol/errors.ts';
import { decodeStored } from '../encode.ts';
import type { StoredObject } from '../types.ts';
import type { Database } from './database.ts';
import { decodeValue, type Head, headAfter, metaKeys, objectRange } from './layout.ts';

/** Everything in a database, checked. */
export interface Loaded {
  readonly storeId: string;
  readonly epoch: number;
  readonly head: Head;
  readonly objects: Map<string, StoredObject>;
}

const emptyHead: Head = { revision: 0, objects: 0, revisionSum: 0 };

/** @throws BrambleError BRAMBLE_STORE_CORRUPT saying what is wrong where. */
export async function loadStore(database: Database, directory: string): Promise<Loaded> {
  try {
    const storeId = await readMeta(database, metaKeys.storeId, isText);
    const epoch = await readEpoch(database);
    const head = await readHead(database);
    const objects = await readObjects(database);
    checkHead(head, objects);
    return { storeId, epoch, head, objects };
  } catch (error) {
    throw corrupt(directory, error);
  }
}

/** @throws SyntaxError when it is missing, damaged, or not what `isValid` asks for. */
export async function readMeta<T>(
  database: Database,
  key: string,
  isValid: (value: unknown) => value is T,
): Promise<T> {
  const value: Buffer | undefined = await database.get(key);
  if (value === undefined) throw new SyntaxError(`${key} is missing`);
  const decoded: unknown = JSON.parse(decodeValue(key, value));
  if (!isValid(decoded)) throw new SyntaxError(`${key} holds ${JSON.stringify(decoded)}`);
  return decoded;
}

export function readEpoch(database: Database): Promise<number> {
  return readMeta(database, metaKeys.epoch, isCount);
}

export function readHead(database: Database): Promise<Head> {
  return readMeta(database, metaKeys.head, isHead);
}

export async function readObjects(database: Database): Promise<Map<string, StoredObject>> {
  const objects = new Map<string, StoredObject>();
  for await (const [key, value] of database.iterator(objectRange))
    objects.set(key, decodeStored(key, decodeValue(key, value)));
  return objects;
}

export function corrupt(directory: string, error: unknown): BrambleError {
  if (error instanceof BrambleError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return new BrambleError('BRAMBLE_STORE_CORRUPT', `${directory}: ${words}`, { cause: error });
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null) return false;
  const { revision, objects, revisionSum } = value as Record<string, unknown>;
  return isCount(revision) && isCount(objects) && isCount(revisionSum);
}

function checkHead(head: Head, objects: ReadonlyMap<string, StoredObject>): void {
  let found = emptyHead;
  for (const stored of objects.values())
    found = headAfter(found, Math.max(found.revision, stored.revision), undefined, stored);
  if (found.revision > head.revision)
    throw new SyntaxError(`an object has revision ${found.revision}, the store only ${head.revision}`);
  if (found.objects !== head.objects || found.revisionSum !== head.revisionSum)
    throw new SyntaxError(
      `writes are missing: ${found.objects} objects with revision sum ${found.revisionSum}, ` +
        `where ${head.objects} with ${head.revisionSum} were written`,
    );
}
