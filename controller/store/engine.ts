import type { EncodedTransaction } from './encode.ts';
import type { StoredObject, TransactionResult } from './types.ts';

/** What the engine finds on opening. */
export interface EngineState {
  readonly storeId: string;
  /** The controller's term, one higher than at the last opening, durable by the time it is told. */
  readonly epoch: number;
  readonly revision: number;
  readonly objects: Iterable<StoredObject>;
}

/** One committed write as the engine's stream tells it: by this writer or by another. */
export interface EngineEvent {
  readonly type: 'put' | 'delete';
  /** For a delete the object as it last was, at the deletion's revision. */
  readonly stored: StoredObject;
}

/**
 * A durable, ordered, transactional map. `commit` applies the transactions one after another in one synced batch;
 * each is conditional on the state that the ones before it left. The stream alone feeds caches and watches, so that an
 * engine with other writers fits.
 */
export interface StoreEngine {
  /** @throws BrambleError when the store is corrupt, newer, locked, or the disk is full. */
  open(): Promise<EngineState>;
  /**
   * Events in order of revision, after they are durable, and before the `commit` that made them resolves. One
   * subscriber, set before `open`; told of everything after the revision that `open` answers.
   */
  subscribe(onEvents: (events: readonly EngineEvent[]) => void): void;
  /** One result per transaction. A full disk is a result, `unavailable`; rejects only when the engine is closed. */
  commit(transactions: readonly EncodedTransaction[]): Promise<TransactionResult[]>;
  /** After the commits under way. */
  close(): Promise<void>;
}
