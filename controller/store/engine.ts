import type { StoredObject, Transaction, TransactionResult } from './types.ts';

/** What the engine finds on opening. */
export interface EngineState {
  readonly storeId: string;
  /** The controller's term, one higher than at the last opening, durable by the time it is told. */
  readonly epoch: number;
  readonly revision: number;
  readonly objects: Iterable<StoredObject>;
}

/** One committed transaction as the engine's stream tells it: by this writer or by another. */
export interface EngineEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly revision: number;
  /** JSON with `metadata.resourceVersion` set; `undefined` for a delete. */
  readonly json: string | undefined;
}

/**
 * A durable, ordered, transactional map. `commit` applies the transactions one after another in one synced batch;
 * each is conditional on the state that the ones before it left. The stream alone feeds caches and watches, so that an
 * engine with other writers fits.
 */
export interface StoreEngine {
  open(): Promise<EngineState>;
  /** Events in order of revision, after they are durable, and before the `commit` that made them resolves. */
  subscribe(onEvents: (events: readonly EngineEvent[]) => void): void;
  commit(transactions: readonly Transaction[]): Promise<TransactionResult[]>;
  close(): Promise<void>;
}
