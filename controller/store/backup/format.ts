import { createHash } from 'node:crypto';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { decodeStored } from '../encode.ts';
import { isCount } from '../level/load.ts';
import type { StoredObject } from '../types.ts';

/**
 * A backup is a gzip file of lines, each JSON: a header; an object a line, `{"key": …, "object": …}`, in order of
 * key; and last `{"sha256": …}` of all bytes before that line, in hexadecimal.
 */
export interface BackupHeader {
  readonly format: 'bramble-backup';
  readonly version: 1;
  /** Of the store that it was made from. */
  readonly storeId: string;
  readonly epoch: number;
  readonly revision: number;
  /** How many lines of objects follow. */
  readonly objects: number;
  /** RFC 3339. */
  readonly createdAt: string;
  /** The layout of the keys and objects, as the database numbers it. */
  readonly schemaVersion: number;
}

export function* backupLines(header: BackupHeader, objects: readonly StoredObject[]): Generator<string> {
  const hash = createHash('sha256');
  const hashed = (line: string): string => {
    hash.update(line);
    return line;
  };
  yield hashed(`${JSON.stringify(header)}\n`);
  for (const { key, json } of objects) yield hashed(`{"key":${JSON.stringify(key)},"object":${json}}\n`);
  yield `{"sha256":"${hash.digest('hex')}"}\n`;
}

/** Takes a backup's lines one by one, without their line feeds, and checks each against those before it. */
export class BackupReader {
  readonly #hash = createHash('sha256');
  #header: BackupHeader | undefined;
  #objects = 0;
  #lastKey = '';
  #complete = false;

  /** @throws BrambleError BRAMBLE_BACKUP_UNUSABLE when no line came at all. */
  get header(): BackupHeader {
    return this.#header ?? unusable('it is empty');
  }

  /** An object, or `undefined` for the first and last line. @throws BrambleError BRAMBLE_BACKUP_UNUSABLE. */
  take(line: string): StoredObject | undefined {
    const parsed = parse(line);
    if (this.#complete) unusable('something follows its last line');
    if (typeof parsed['sha256'] === 'string') {
      this.#finish(parsed['sha256']);
      return undefined;
    }
    this.#hash.update(`${line}\n`);
    if (this.#header) return this.#takeObject(parsed);
    this.#header = asHeader(parsed);
    return undefined;
  }

  /** @throws BrambleError BRAMBLE_BACKUP_UNUSABLE when lines are missing. */
  checkComplete(): void {
    if (!this.#complete) unusable('it is cut short');
  }

  #takeObject({ key, object }: Record<string, unknown>): StoredObject {
    if (typeof key !== 'string' || !key.startsWith('/') || key <= this.#lastKey)
      return unusable(`after ${this.#lastKey || 'the header'} comes the key ${JSON.stringify(key)}`);
    this.#lastKey = key;
    this.#objects += 1;
    try {
      const stored = decodeStored(key, JSON.stringify(object));
      if (stored.revision <= this.header.revision) return stored;
    } catch (error) {
      return unusable(`${key}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return unusable(`${key} is newer than the backup`);
  }

  #finish(sha256: string): void {
    if (this.#objects !== this.header.objects)
      unusable(`it holds ${this.#objects} objects and should hold ${this.header.objects}`);
    if (sha256 !== this.#hash.digest('hex')) unusable('its checksum is wrong');
    this.#complete = true;
  }
}

export function unusable(why: string): never {
  throw new BrambleError('BRAMBLE_BACKUP_UNUSABLE', why);
}

function parse(line: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Said below, without quoting what may be a Secret.
  }
  return unusable('a line of it is no JSON object');
}

function asHeader(parsed: Record<string, unknown>): BackupHeader {
  const { format, version, storeId, epoch, revision, objects, schemaVersion } = parsed;
  if (format !== 'bramble-backup') unusable('it does not begin as a backup does');
  if (version !== 1) unusable(`its format has version ${JSON.stringify(version)}; this Bramble knows 1`);
  const counts = [epoch, revision, objects, schemaVersion];
  if (typeof storeId !== 'string' || !counts.every(isCount)) unusable('its header is damaged');
  return parsed as unknown as BackupHeader;
}
