import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrambleError } from '@bramble/protocol/errors.ts';
import type { EncodedTransaction } from '../encode.ts';
import type { EngineEvent, EngineState, StoreEngine } from '../engine.ts';
import { outcomeUnknown, outOfSpace, type Refusal, writeFailed } from '../refusals.ts';
import type { StoredObject, TransactionResult } from '../types.ts';
import { type Batch, batchFor, expectedState } from './batch.ts';
import { createStore, emptyFoundation } from './create.ts';
import {
  type Database,
  openDatabase,
  type StagedWrites,
  saysFull,
  stageWrites,
  writeSynced,
} from './database.ts';
import { type Head, metaKeys, schemaVersion } from './layout.ts';
import { loadStore, readEpoch, readHead } from './load.ts';
import { findDamagedLog } from './log-check.ts';
import { migrate, type Schema } from './migrate.ts';
import { freeBytes, Room } from './room.ts';

export interface LevelEngineOptions {
  readonly directory: string;
  readonly newStoreId?: () => string;
  readonly schema?: Schema;
  /** Below this much free space writes are refused, so that LevelDB can finish what it began; 16 MiB unless told. */
  readonly reserveBytes?: number;
  readonly freeBytes?: (directory: string) => number;
  /** How long it is believed that there is room; a second unless told. */
  readonly roomHoldsMs?: number;
}

/** A batch that is prepared as far as it can be while the one before it is on its way. */
interface PreparedBatch extends Batch {
  /** `undefined` when there is nothing to write, or nothing to write to. */
  readonly staged: StagedWrites | undefined;
}

/** What the engine knows between `open` and `close`. */
interface Opened {
  /** `undefined` from a failed write until the database could be opened again. */
  database: Database | undefined;
  readonly epoch: number;
  readonly objects: Map<string, StoredObject>;
  head: Head;
  /** Prepared and not adopted yet, in order: each stands on the one before it. */
  underWay: readonly PreparedBatch[];
  /** A batch that failed, of which nobody knows whether it reached the disk. */
  uncertain: Batch | undefined;
}

/** The durable engine: one LevelDB, one synced batch per commit. */
export class LevelEngine implements StoreEngine {
  readonly #options: Required<LevelEngineOptions>;
  readonly #room: Room;
  #opened: Opened | undefined;
  #onEvents: (events: readonly EngineEvent[]) => void = () => {};
  /** Commits one after another: each stands on the state that the one before it left. `undefined`: none is on its way. */
  #last: Promise<unknown> | undefined;

  constructor(options: LevelEngineOptions) {
    this.#options = { ...defaultOptions, ...options };
    const { directory, freeBytes: free, reserveBytes, roomHoldsMs } = this.#options;
    this.#room = new Room(() => free(directory) >= reserveBytes, roomHoldsMs);
  }

  async open(): Promise<EngineState> {
    const { directory, newStoreId } = this.#options;
    if (!existsSync(directory)) {
      mkdirSync(dirname(directory), { recursive: true, mode: 0o700 });
      await createStore(directory, { fill: async () => emptyFoundation(newStoreId()) });
    }
    const damage = findDamagedLog(directory);
    if (damage) throw new BrambleError('BRAMBLE_STORE_CORRUPT', `${directory}: ${damage}`);
    const database = await openDatabase(directory, false);
    try {
      return await this.#begin(database);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  subscribe(onEvents: (events: readonly EngineEvent[]) => void): void {
    this.#onEvents = onEvents;
  }

  /** While one commit is on its way to the disk, the next is prepared on what it will leave. */
  commit(transactions: readonly EncodedTransaction[]): Promise<TransactionResult[]> {
    const opened = this.#opened;
    if (!opened) return Promise.reject(new Error('the store is closed'));
    const prepared = prepare(opened, transactions);
    const begin = (): Promise<TransactionResult[]> => this.#commit(opened, transactions, prepared);
    // One alone is on its way to the disk before this returns, and not after all that is to do until then.
    const work = this.#last === undefined ? begin() : this.#last.then(begin);
    const last = work
      .catch(() => {})
      .then(() => {
        if (this.#last === last) this.#last = undefined;
      });
    this.#last = last;
    return work;
  }

  async close(): Promise<void> {
    await this.#last;
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.database?.close();
  }

  async #begin(database: Database): Promise<EngineState> {
    const { directory, schema } = this.#options;
    await migrate(database, directory, schema);
    const { storeId, epoch: before, head, objects } = await loadStore(database, directory);
    const epoch = before + 1;
    try {
      await writeSynced(database, [{ type: 'put', key: metaKeys.epoch, json: [`${epoch}`] }]);
    } catch (error) {
      throw saysFull(error) ? new BrambleError('BRAMBLE_STORE_FULL', directory, { cause: error }) : error;
    }
    this.#opened = { database, epoch, objects, head, underWay: [], uncertain: undefined };
    return { storeId, epoch, revision: head.revision, objects: [...objects.values()] };
  }

  async #commit(
    opened: Opened,
    transactions: readonly EncodedTransaction[],
    prepared: PreparedBatch,
  ): Promise<TransactionResult[]> {
    let refusal: Refusal | undefined = this.#room.isLow ? outOfSpace(this.#options.directory) : undefined;
    if (!refusal && !opened.database) refusal = await this.#reopen(opened);
    let batch = prepared;
    if (!refusal) {
      // The batch before it failed: what was prepared stands on what never came to be.
      if (batch.base !== opened.head) batch = prepareAnew(opened, transactions);
      refusal = await this.#write(opened, batch);
    }
    if (refusal || batch !== prepared) await prepared.staged?.drop();
    opened.underWay = refusal ? [] : opened.underWay.filter((each) => each !== batch);
    return refusal ? transactions.map(() => refusal) : batch.applied.results;
  }

  async #write(opened: Opened, batch: PreparedBatch): Promise<Refusal | undefined> {
    if (batch.operations.length === 0) return undefined;
    const database = opened.database as Database;
    const { staged } = batch;
    try {
      if (staged?.database === database) await staged.write();
      else await writeSynced(database, batch.operations);
    } catch (error) {
      return await this.#afterFailure(opened, batch, error);
    }
    this.#adopt(opened, batch);
    return undefined;
  }

  #adopt(opened: Opened, batch: Batch): void {
    for (const { type, stored } of batch.applied.events) {
      if (type === 'put') opened.objects.set(stored.key, stored);
      else opened.objects.delete(stored.key);
    }
    opened.head = batch.head;
    this.#onEvents(batch.applied.events);
  }

  /**
   * After a failed write LevelDB's log may end in a torn record, behind which nothing would be found again, so the
   * database is opened anew; that also shows whether the batch is in it.
   */
  async #afterFailure(opened: Opened, batch: Batch, error: unknown): Promise<Refusal | undefined> {
    const { database } = opened;
    // Nothing is staged in a database that is being closed.
    opened.database = undefined;
    opened.uncertain = batch;
    await database?.close().catch(() => {});
    if (await this.#reopen(opened)) return outcomeUnknown(error);
    if (opened.head === batch.head) return undefined;
    return saysFull(error) ? outOfSpace(this.#options.directory) : writeFailed(error);
  }

  async #reopen(opened: Opened): Promise<Refusal | undefined> {
    if (opened.database) return undefined;
    let database: Database | undefined;
    try {
      database = await openDatabase(this.#options.directory, false);
      await this.#settle(opened, database);
    } catch (error) {
      await database?.close();
      return writeFailed(error);
    }
    opened.database = database;
    return undefined;
  }

  /** Finds out what became of the batch that failed. @throws when the database is not the one that was left. */
  async #settle(opened: Opened, database: Database): Promise<void> {
    const { uncertain, epoch, head } = opened;
    if ((await readEpoch(database)) !== epoch) throw new Error('another controller has had the store open');
    const { revision } = await readHead(database);
    if (uncertain && revision === uncertain.head.revision) this.#adopt(opened, uncertain);
    else if (revision !== head.revision)
      throw new Error(`the store is at revision ${revision}, not ${head.revision}`);
    opened.uncertain = undefined;
  }
}

function prepare(opened: Opened, transactions: readonly EncodedTransaction[]): PreparedBatch {
  const { database, objects, underWay } = opened;
  const base = underWay.at(-1)?.head ?? opened.head;
  const batch = batchFor(expectedState(objects, underWay), base, transactions);
  const staged =
    database && batch.operations.length > 0 ? stageWrites(database, batch.operations) : undefined;
  const prepared: PreparedBatch = { ...batch, staged };
  opened.underWay = [...underWay, prepared];
  return prepared;
}

function prepareAnew(opened: Opened, transactions: readonly EncodedTransaction[]): PreparedBatch {
  opened.underWay = [];
  return prepare(opened, transactions);
}

const defaultOptions = {
  newStoreId: () => randomUUID(),
  schema: { version: schemaVersion, migrations: [] },
  reserveBytes: 16_777_216,
  freeBytes,
  roomHoldsMs: 1_000,
};
