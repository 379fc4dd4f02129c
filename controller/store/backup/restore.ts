import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { syncDirectory } from '../files.ts';
import { createStore, type Foundation } from '../level/create.ts';
import { type Database, type Operation, openDatabase, writeSynced } from '../level/database.ts';
import { type Head, headAfter, schemaVersion } from '../level/layout.ts';
import { readEpoch } from '../level/load.ts';
import { BackupReader } from './format.ts';
import { readGzipLines } from './lines.ts';
import { restoredForm } from './restored-form.ts';

export interface RestoreOptions {
  /** A store that stands in `directory` is moved aside. */
  readonly replace?: boolean;
  readonly newStoreId?: () => string;
}

export interface Restored {
  readonly storeId: string;
  readonly revision: number;
  readonly objects: number;
  /** Where the store that stood there is now. */
  readonly movedTo: string | undefined;
}

/** Beyond what the lost store can have reached since the backup: no client has seen these revisions. */
const revisionJump = 1_000_000;
const objectsPerBatch = 500;

/**
 * Makes a store of a backup: the same objects (pods that had no board get new uids), a new `storeId`, a revision far
 * ahead, a higher epoch. Nothing is
 * changed before the whole backup has been read and found good.
 * @throws BrambleError when there is a store already, a controller runs on it, or the backup is unusable.
 */
export async function restoreBackup(
  file: string,
  directory: string,
  options: RestoreOptions = {},
): Promise<Restored> {
  const exists = existsSync(directory);
  if (exists && !options.replace) throw new BrambleError('BRAMBLE_STORE_EXISTS', directory);
  const epoch = exists ? await epochOf(directory) : 0;
  const storeId = (options.newStoreId ?? randomUUID)();
  mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
  let foundation: Foundation | undefined;
  let movedTo: string | undefined;
  await createStore(directory, {
    fill: async (database) => {
      foundation = await fill(database, file, { storeId, epoch });
      return foundation;
    },
    beforeMove: () => {
      if (exists) movedTo = setAside(directory);
    },
  });
  const head = foundation?.head ?? emptyHead;
  return { storeId, revision: head.revision, objects: head.objects, movedTo };
}

/** Moves a store to a free name beside it, and answers that name. Nothing is ever deleted. */
export function setAside(directory: string): string {
  let number = 1;
  while (existsSync(`${directory}.replaced-${number}`)) number += 1;
  const free = `${directory}.replaced-${number}`;
  renameSync(directory, free);
  syncDirectory(dirname(directory));
  return free;
}

/** 0 when it cannot be read. @throws BrambleError BRAMBLE_STORE_LOCKED when a controller runs on it. */
async function epochOf(directory: string): Promise<number> {
  let database: Database | undefined;
  try {
    database = await openDatabase(directory, false);
    return await readEpoch(database);
  } catch (error) {
    if (error instanceof BrambleError && error.code === 'BRAMBLE_STORE_LOCKED') throw error;
    return 0;
  } finally {
    await database?.close();
  }
}

const emptyHead: Head = { revision: 0, objects: 0, revisionSum: 0 };

async function fill(
  database: Database,
  file: string,
  { storeId, epoch }: { storeId: string; epoch: number },
): Promise<Foundation> {
  const reader = new BackupReader();
  let head = emptyHead;
  let batch: Operation[] = [];
  for await (const line of readGzipLines(file)) {
    const taken = reader.take(line);
    if (reader.header.schemaVersion > schemaVersion)
      throw new BrambleError(
        'BRAMBLE_STORE_NEWER',
        `${file} has schema version ${reader.header.schemaVersion}`,
      );
    if (!taken) continue;
    const stored = restoredForm(taken, randomUUID);
    head = headAfter(head, 0, undefined, stored);
    batch.push({ type: 'put', key: stored.key, json: [stored.json] });
    if (batch.length < objectsPerBatch) continue;
    await writeSynced(database, batch);
    batch = [];
  }
  reader.checkComplete();
  await writeSynced(database, batch);
  const { revision, epoch: backedUpEpoch, schemaVersion: layout } = reader.header;
  return {
    storeId,
    epoch: Math.max(epoch, backedUpEpoch),
    head: { ...head, revision: revision + revisionJump },
    schemaVersion: layout,
  };
}
