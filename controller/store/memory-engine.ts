import { applyTransactions } from './apply.ts';
import type { EncodedTransaction } from './encode.ts';
import type { EngineEvent, EngineState, StoreEngine } from './engine.ts';
import { outOfSpace } from './refusals.ts';
import type { StoredObject, TransactionResult } from './types.ts';

/** What survives a crash of the engines on it: only what was synced. */
export class MemoryDisk {
  readonly storeId: string;
  epoch = 0;
  revision = 0;
  /** While set, nothing can be written. */
  full = false;
  readonly objects = new Map<string, StoredObject>();
  readonly #listeners = new Set<(events: readonly EngineEvent[]) => void>();

  constructor(storeId: string) {
    this.storeId = storeId;
  }

  /** Synced at once and told to every engine on this disk: what another writer does. */
  commit(transactions: readonly EncodedTransaction[]): TransactionResult[] {
    if (this.full) return transactions.map(() => outOfSpace('the simulated disk'));
    const applied = applyTransactions(this.objects, this.revision, transactions);
    for (const [key, { after }] of applied.changes) {
      if (after) this.objects.set(key, after);
      else this.objects.delete(key);
    }
    this.revision = applied.revision;
    if (applied.events.length > 0) for (const listener of this.#listeners) listener(applied.events);
    return applied.results;
  }

  listen(listener: (events: readonly EngineEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

interface Unsynced {
  readonly transactions: readonly EncodedTransaction[];
  readonly resolve: (results: TransactionResult[]) => void;
}

/** An engine for tests and the simulation: as the durable one, with crashes that lose what was not synced. */
export class MemoryEngine implements StoreEngine {
  readonly disk: MemoryDisk;
  readonly #sync: (done: () => void) => void;
  #unsynced: Unsynced[] = [];
  #onEvents: (events: readonly EngineEvent[]) => void = () => {};
  #stopListening: (() => void) | undefined;
  #closed = false;

  /** @param sync how long a sync takes; a simulation passes a timer of its host. */
  constructor(disk: MemoryDisk, sync: (done: () => void) => void = queueMicrotask) {
    this.disk = disk;
    this.#sync = sync;
  }

  async open(): Promise<EngineState> {
    this.#stopListening = this.disk.listen((events) => this.#onEvents(events));
    this.disk.epoch += 1;
    const { storeId, epoch, revision, objects } = this.disk;
    return { storeId, epoch, revision, objects: [...objects.values()] };
  }

  subscribe(onEvents: (events: readonly EngineEvent[]) => void): void {
    this.#onEvents = onEvents;
  }

  commit(transactions: readonly EncodedTransaction[]): Promise<TransactionResult[]> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    return new Promise((resolve) => {
      this.#unsynced.push({ transactions, resolve });
      this.#sync(() => this.#syncOldest());
    });
  }

  async close(): Promise<void> {
    while (this.#unsynced.length > 0) this.#syncOldest();
    this.#stopListening?.();
    this.#closed = true;
  }

  /**
   * As when the process is killed: no commit under way is answered, none is told. What was on its way to the disk
   * may have arrived there: the first `arrived` of the batches under way did.
   */
  crash(arrived = 0): void {
    this.#stopListening?.();
    this.#closed = true;
    const unsynced = this.#unsynced;
    this.#unsynced = [];
    for (const { transactions } of unsynced.slice(0, arrived)) this.disk.commit(transactions);
  }

  #syncOldest(): void {
    const oldest = this.#unsynced.shift();
    oldest?.resolve(this.disk.commit(oldest.transactions));
  }
}
