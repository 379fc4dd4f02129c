import type { KubeObject } from '@bramble/protocol/kube.ts';

/** An object as the store holds it: deeply frozen, with its JSON encoded once and shared by all who send it. */
export interface StoredObject {
  /** Such as `/registry/pods/default/hello`. */
  readonly key: string;
  readonly object: KubeObject;
  /** The store's revision at which it was last written; also in `metadata.resourceVersion`. */
  readonly revision: number;
  readonly json: string;
}

/** Holds when the key's newest revision is the one named; 0 means that the key must not exist. */
export interface Condition {
  readonly key: string;
  readonly revision: number;
}

/** What `object` holds is frozen from here on; its `resourceVersion` is set by the store. */
export type Write =
  | { readonly type: 'put'; readonly key: string; readonly object: KubeObject }
  | { readonly type: 'delete'; readonly key: string };

/**
 * All writes or none; each write has its own revision, in order. A write needs no condition: a put without one
 * overwrites. Deleting what does not exist is a conflict.
 */
export interface Transaction {
  readonly conditions: readonly Condition[];
  readonly writes: readonly Write[];
}

export type TransactionResult =
  /** One stored object per write, in order; for a delete the object as it last was, at the deletion's revision. */
  | { readonly ok: true; readonly objects: readonly StoredObject[]; readonly revision: number }
  | {
      readonly ok: false;
      readonly reason: 'conflict';
      readonly key: string;
      readonly current: StoredObject | undefined;
    }
  /** The disk is full, or failed. Nothing was written, unless the message says that this is unknown. */
  | { readonly ok: false; readonly reason: 'unavailable'; readonly message: string };

export interface StoreEvent {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly stored: StoredObject;
  /** The object as it was before; needed to tell whether a filter matched then. */
  readonly previous: StoredObject | undefined;
}

export interface WatchOptions {
  /** Keys that start with this; `/registry/pods/` or `/registry/pods/default/`, for example. */
  readonly prefix: string;
  /** Events after this revision; `undefined`: from now on. */
  readonly from: number | undefined;
  /**
   * Called after the sync, in order of revision, each event once; `revision` is the store's newest by then. What the
   * window holds already is told before `watch` returns. Must not block; a watcher that throws is stopped.
   */
  readonly onEvents: (events: readonly StoreEvent[], revision: number) => void;
}

/** What the rest of the controller sees of the store. Reads are from memory and never behind an answered write. */
export interface ObjectStore {
  readonly storeId: string;
  /** The newest durable revision. */
  readonly revision: number;
  get(key: string): StoredObject | undefined;
  /** In order of key. */
  list(prefix: string): readonly StoredObject[];
  /**
   * Resolves when on disk (or refused). Rejects with AskRefused when more waits already than the store takes
   * (answer 429) or it stopped, with AskTimeout when the disk does not answer (504: the outcome is unknown), and with
   * the caller's own mistake, such as an object that is no JSON.
   */
  commit(transaction: Transaction): Promise<TransactionResult>;
  /** `gone`: the revision asked for is older than the window (or newer than the store): list again. */
  watch(
    options: WatchOptions,
  ): { readonly ok: true; readonly stop: () => void } | { readonly ok: false; readonly reason: 'gone' };
}
