import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockHolder } from '@bramble/adapters/host/lock-holder.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { Level } from 'level';
import { ValueEncoder } from './layout.ts';

export type Database = Level<string, Buffer>;

/** One write of LevelDB. The value, in one part or more, is stored as layout.ts says. */
export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly json: readonly string[] }
  | { readonly type: 'del'; readonly key: string };

/**
 * Opens the database in `directory`. Never creates one where files lie already: a LevelDB that lost its CURRENT file
 * would be replaced by an empty one, and an empty store is worse than none.
 * @throws BrambleError saying whether it is locked, corrupt, or the disk is full.
 */
export async function openDatabase(directory: string, createIfMissing: boolean): Promise<Database> {
  const files = existsSync(directory) ? readdirSync(directory) : [];
  if (!files.includes('CURRENT') && (!createIfMissing || files.length > 0))
    throw new BrambleError(
      'BRAMBLE_STORE_CORRUPT',
      `${directory} holds no complete database: CURRENT is missing`,
    );
  const database: Database = new Level(directory, { createIfMissing, valueEncoding: 'buffer' });
  try {
    await database.open();
    return database;
  } catch (error) {
    throw await explainOpening(directory, error);
  }
}

/** Writes that LevelDB has taken into its memory, and that nothing has of yet. */
export interface StagedWrites {
  readonly database: Database;
  /** All of them or nothing, on disk when it resolves. */
  write(): Promise<void>;
  /** Gives up what was not written. */
  drop(): Promise<void>;
}

/** Copies `operations` into LevelDB's memory: what can be done of a write before it is its turn. */
export function stageWrites(database: Database, operations: readonly Operation[]): StagedWrites {
  // Handed over one by one: an array would be copied, operation by operation, twice on its way.
  const batch = database.batch();
  const values = new ValueEncoder();
  for (const operation of operations) {
    if (operation.type === 'put') batch.put(operation.key, values.encode(operation.json));
    else batch.del(operation.key);
  }
  return { database, write: () => batch.write({ sync: true }), drop: () => batch.close() };
}

/** All of it or nothing, on disk when it resolves. */
export function writeSynced(database: Database, operations: readonly Operation[]): Promise<void> {
  return stageWrites(database, operations).write();
}

async function explainOpening(directory: string, error: unknown): Promise<BrambleError> {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const words = `${directory}: ${cause instanceof Error ? cause.message : String(cause)}`;
  if (codeOf(cause) === 'LEVEL_LOCKED') return locked(directory, cause);
  if (saysFull(cause)) return new BrambleError('BRAMBLE_STORE_FULL', words, { cause });
  return new BrambleError('BRAMBLE_STORE_CORRUPT', words, { cause });
}

async function locked(directory: string, cause: unknown): Promise<BrambleError> {
  const holder = await lockHolder(join(directory, 'LOCK'));
  const who = holder ? `${holder.name} (process ${holder.pid})` : 'another process';
  return new BrambleError('BRAMBLE_STORE_LOCKED', `${who} has ${directory} open`, { cause });
}

/** LevelDB passes on the words of strerror(3) alone. */
export function saysFull(error: unknown): boolean {
  return (
    error instanceof Error &&
    /no space left|disk quota exceeded|file too large|ENOSPC|EDQUOT/i.test(error.message)
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
