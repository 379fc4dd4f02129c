import { createHash } from 'node:crypto';
import { appendFile, type FileHandle, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journal, JournalContent, JournalRecord } from '../port.ts';
import { bootKey, nextBoot } from './boot-counter.ts';
import { syncDirectory, writeFileDurably } from './durable-file.ts';
import { type Entry, encodeLine, isKey, scan } from './lines.ts';

interface Place {
  readonly offset: number;
  readonly length: number;
  readonly digest: string;
}

interface Waiting {
  readonly entries: readonly Entry[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const recordBytes = 4_194_304;
/** A log below this size is not worth tidying. */
const smallLogBytes = 262_144;
/** What is set aside is kept for a person to look at, but not without end. */
const setAsideBytes = 4_194_304;

/**
 * A log that is only appended to, one sync for all who wait: a flash card wears by the count of writes. What did not change is not
 * written. When most of it is out of date, what counts is copied to a new log that replaces the old one.
 */
export class DiskJournal implements Journal {
  readonly #directory: string;
  readonly #logPath: string;
  readonly #now: () => number;
  readonly #hasJoined: boolean;
  readonly #places = new Map<string, Place>();
  #file: FileHandle | undefined;
  #size = 0;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;

  /**
   * @param directory the journal's own, made where it is missing. One agent at a time.
   * @param now the wall clock, milliseconds since 1970.
   * @param hasJoined the board is known to a controller, so that an empty journal is one that was lost.
   */
  constructor(directory: string, now: () => number, hasJoined = false) {
    this.#directory = directory;
    this.#logPath = join(directory, 'log');
    this.#now = now;
    this.#hasJoined = hasJoined;
  }

  async load(): Promise<JournalContent> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await rm(`${this.#logPath}.new`, { force: true });
    const content = await readFile(this.#logPath).catch(ifMissing);
    const { entries, damaged, wholeBytes } = scan(content);
    const records = new Map<string, unknown>();
    for (const { entry, offset, length } of entries) {
      this.#place(entry, offset, length);
      if (entry.json === undefined) records.delete(entry.key);
      else records.set(entry.key, JSON.parse(entry.json));
    }
    await this.#setAside(damaged.map(({ line }) => line));
    const inLog = Number(records.get(bootKey) ?? 0);
    records.delete(bootKey);
    const boot = await nextBoot(this.#directory, {
      inLog,
      logIsEmpty: content.length === 0,
      hasJoined: this.#hasJoined,
      nowMs: this.#now(),
    });
    // A first start ends with a log that is not empty.
    const isLost = this.#hasJoined && content.length === 0;
    await this.#openLog(wholeBytes);
    await this.#enqueue([{ key: bootKey, json: String(boot) }]);
    if (damaged.length > 0) await this.#rewrite();
    const reasons = damaged.map(({ key, reason }) => ({ key, reason }));
    return { records, damaged: isLost ? [lostJournal] : reasons, boot };
  }

  async write(records: readonly JournalRecord[]): Promise<void> {
    await this.#enqueue(records.map(entryOf));
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#file?.close();
    this.#file = undefined;
  }

  #enqueue(entries: readonly Entry[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ entries, resolve, reject });
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = undefined;
    });
    return promise;
  }

  async #flushAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#append(this.#changes(batch.flatMap(({ entries }) => entries)));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      // Tidying changes nothing that anybody waits for; where it fails the old log serves on.
      if (this.#isWasteful()) await this.#rewrite().catch(() => undefined);
    }
  }

  /** Those entries that say something new, in order. */
  #changes(entries: readonly Entry[]): Entry[] {
    const digests = new Map<string, string | undefined>();
    return entries.filter(({ key, json }) => {
      const known = digests.has(key) ? digests.get(key) : this.#places.get(key)?.digest;
      const digest = json === undefined ? undefined : digestOf(json);
      digests.set(key, digest);
      return digest !== known;
    });
  }

  async #append(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const file = this.#file;
    if (file === undefined) throw new Error('the journal is not open');
    const lines = entries.map(encodeLine);
    try {
      await file.write(Buffer.concat(lines), 0, undefined, this.#size);
      await file.datasync();
    } catch (error) {
      // Half of it may be there: it must not stand before what comes next.
      await file.truncate(this.#size).catch(() => undefined);
      throw error;
    }
    entries.forEach((entry, index) => {
      const length = lines[index]?.length ?? 0;
      this.#place(entry, this.#size, length);
      this.#size += length;
    });
  }

  #place({ key, json }: Entry, offset: number, length: number): void {
    if (json === undefined) this.#places.delete(key);
    else this.#places.set(key, { offset, length, digest: digestOf(json) });
  }

  #isWasteful(): boolean {
    let live = 0;
    for (const { length } of this.#places.values()) live += length;
    return this.#size > smallLogBytes && this.#size > 2 * live;
  }

  /** Lines are copied as they are, checksums and all. */
  async #rewrite(): Promise<void> {
    const old = await readFile(this.#logPath);
    const lines: Buffer[] = [];
    const places = new Map<string, Place>();
    let offset = 0;
    for (const [key, place] of this.#places) {
      lines.push(old.subarray(place.offset, place.offset + place.length));
      places.set(key, { ...place, offset });
      offset += place.length;
    }
    await writeFileDurably(this.#logPath, Buffer.concat(lines));
    await this.#file?.close();
    this.#file = undefined;
    for (const [key, place] of places) this.#places.set(key, place);
    await this.#openLog(offset);
  }

  async #openLog(wholeBytes: number): Promise<void> {
    const isNew = (await stat(this.#logPath).catch(() => undefined)) === undefined;
    this.#file = await open(this.#logPath, isNew ? 'wx+' : 'r+', 0o600);
    if (isNew) await syncDirectory(this.#directory);
    await this.#file.truncate(wholeBytes);
    this.#size = wholeBytes;
  }

  async #setAside(lines: readonly Buffer[]): Promise<void> {
    if (lines.length === 0) return;
    const path = join(this.#directory, 'set-aside');
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    const text = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
    if (size + text.length <= setAsideBytes) await appendFile(path, text, { mode: 0o600, flush: true });
  }
}

/** Nobody may conclude from what is absent, as where a record was damaged. */
const lostJournal = { key: '*', reason: 'the board has joined a fleet before, and its journal is empty' };

function entryOf({ key, value }: JournalRecord): Entry {
  if (!isKey(key) || key === bootKey) throw new Error(`not a key of the journal: ${JSON.stringify(key)}`);
  const json = value === undefined ? undefined : JSON.stringify(value);
  if (json !== undefined && json.length > recordBytes) {
    throw new Error(`record ${key} is larger than ${recordBytes} bytes`);
  }
  return { key, json };
}

const digestOf = (json: string) => createHash('sha256').update(json).digest('base64');

function ifMissing(error: unknown): Buffer {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
  throw error;
}
