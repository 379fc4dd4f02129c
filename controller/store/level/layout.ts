import { crc32 } from 'node:zlib';
import type { StoredObject } from '../types.ts';

/**
 * How the store lies in LevelDB: objects under their own keys, which start with `/`, and what is about the store
 * itself under `meta/`. Every value is a CRC-32 in four bytes, the highest first, then JSON.
 */
export const metaKeys = {
  schemaVersion: 'meta/schemaVersion',
  storeId: 'meta/storeId',
  epoch: 'meta/epoch',
  head: 'meta/head',
} as const;

/** Keys of objects: from `/`, up to and without the character after it. */
export const objectRange = { gte: '/', lt: '0' } as const;

/** The layout that this version writes. */
export const schemaVersion = 1;

/**
 * Written with every batch. The number of objects and the sum of their revisions show, on opening, whether a batch
 * before the last one is missing, which LevelDB itself passes over in silence.
 */
export interface Head {
  readonly revision: number;
  readonly objects: number;
  readonly revisionSum: number;
}

const sumModulus = 2 ** 48;

/** The head after one object came, changed or went; `undefined` for none. */
export function headAfter(
  head: Head,
  revision: number,
  before: StoredObject | undefined,
  after: StoredObject | undefined,
): Head {
  const difference = (after?.revision ?? 0) - (before?.revision ?? 0);
  return {
    revision,
    objects: head.objects + (after ? 1 : 0) - (before ? 1 : 0),
    revisionSum: (head.revisionSum + difference + sumModulus) % sumModulus,
  };
}

const checksumBytes = 4;

export function encodeValue(json: string): Buffer {
  const value = Buffer.allocUnsafe(checksumBytes + Buffer.byteLength(json));
  value.write(json, checksumBytes);
  return withChecksum(value);
}

/** Enough for most objects, and little enough to be taken for every batch. */
const scratchBytes = 65_536;
/** Of UTF-8, for one unit of a string. */
const mostBytesPerUnit = 3;

/** Encodes one value after another into the same memory. */
export class ValueEncoder {
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);

  /** What it answers is good until the next call. */
  encode(parts: readonly string[]): Buffer {
    let units = 0;
    for (const part of parts) units += part.length;
    // To count the bytes costs as much as to write them: done only for what might not fit.
    if (checksumBytes + units * mostBytesPerUnit > scratchBytes) return encodeValue(parts.join(''));
    let end = checksumBytes;
    for (const part of parts) end += this.#scratch.write(part, end);
    return withChecksum(this.#scratch.subarray(0, end));
  }
}

function withChecksum(value: Buffer): Buffer {
  value.writeUInt32BE(crc32(value.subarray(checksumBytes)));
  return value;
}

/** The JSON in `value`. @throws SyntaxError naming the key when the checksum is wrong. */
export function decodeValue(key: string, value: Buffer): string {
  const json = value.subarray(checksumBytes);
  if (value.length < checksumBytes || value.readUInt32BE() !== crc32(json))
    throw new SyntaxError(`the checksum of ${key} is wrong`);
  return json.toString();
}
