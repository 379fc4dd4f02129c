import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from '../files.ts';
import { type Database, type Operation, openDatabase, writeSynced } from './database.ts';
import { type Head, metaKeys, schemaVersion } from './layout.ts';

/** What a new store is made with. */
export interface Foundation {
  readonly storeId: string;
  readonly epoch: number;
  readonly head: Head;
  readonly schemaVersion: number;
}

export function emptyFoundation(storeId: string): Foundation {
  return { storeId, epoch: 0, head: { revision: 0, objects: 0, revisionSum: 0 }, schemaVersion };
}

export interface Creation {
  /** Writes the objects, and answers what the store is founded on. */
  readonly fill: (database: Database) => Promise<Foundation>;
  /** The last thing before the new store takes its place. */
  readonly beforeMove?: () => void;
}

/**
 * Makes a store beside `directory` and moves it there when it is complete, so that a crash leaves none or a whole
 * one.
 */
export async function createStore(directory: string, { fill, beforeMove }: Creation): Promise<void> {
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  try {
    await write(unfinished, fill);
    beforeMove?.();
    renameSync(unfinished, directory);
    syncDirectory(dirname(directory));
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function write(directory: string, fill: Creation['fill']): Promise<void> {
  const database = await openDatabase(directory, true);
  try {
    await writeSynced(database, foundationOperations(await fill(database)));
  } finally {
    await database.close();
  }
  syncDirectory(directory);
}

function foundationOperations(foundation: Foundation): Operation[] {
  const { storeId, epoch, head } = foundation;
  const values: [string, unknown][] = [
    [metaKeys.storeId, storeId],
    [metaKeys.epoch, epoch],
    [metaKeys.head, head],
    [metaKeys.schemaVersion, foundation.schemaVersion],
  ];
  return values.map(([key, value]) => ({ type: 'put', key, json: [JSON.stringify(value)] }));
}
