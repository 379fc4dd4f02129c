import { BrambleError } from '@bramble/protocol/errors.ts';
import { type Database, type Operation, writeSynced } from './database.ts';
import { metaKeys } from './layout.ts';
import { corrupt, isCount, readMeta } from './load.ts';

/** Brings a database from one version of the layout to the next: the writes that do so. */
export type Migration = (database: Database) => Promise<Operation[]>;

/** The layout that is written, and how older ones become it: `migrations[n - 1]` leads from version n to n + 1. */
export interface Schema {
  readonly version: number;
  readonly migrations: readonly Migration[];
}

/**
 * Forward only, one version at a time, each in one synced batch with its version: a crash between two is resumed.
 * @throws BrambleError BRAMBLE_STORE_NEWER or BRAMBLE_STORE_CORRUPT.
 */
export async function migrate(database: Database, directory: string, schema: Schema): Promise<void> {
  let version = await readMeta(database, metaKeys.schemaVersion, isCount).catch((error) => {
    throw corrupt(directory, error);
  });
  if (version > schema.version)
    throw new BrambleError(
      'BRAMBLE_STORE_NEWER',
      `${directory} has schema version ${version}; this Bramble knows ${schema.version}`,
    );
  for (; version < schema.version; version += 1) {
    const step = schema.migrations[version - 1];
    if (!step) throw corrupt(directory, new Error(`no way leads from schema version ${version}`));
    const stamp: Operation = {
      type: 'put',
      key: metaKeys.schemaVersion,
      json: [`${version + 1}`],
    };
    await writeSynced(database, [...(await step(database)), stamp]);
  }
}
