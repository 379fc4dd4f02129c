import { type ActorRef, type ActorSystem, AskRefused } from '@bramble/actors/index.ts';
import { encodeTransaction } from './encode.ts';
import type { CommitReply, StoreMessage } from './store-actor.ts';
import type { StoreCache } from './store-cache.ts';
import type { ObjectStore, StoredObject, Transaction, TransactionResult, WatchOptions } from './types.ts';

/** A disk that has not synced a batch by then is taken for hung: the outcome is unknown. */
const commitTimeoutMs = 60_000;

/** The store as the rest of the controller uses it: reads from the cache, writes through the actor. */
export class Store implements ObjectStore {
  readonly #system: ActorSystem;
  readonly #actor: ActorRef<StoreMessage>;
  readonly #cache: StoreCache;

  constructor(system: ActorSystem, actor: ActorRef<StoreMessage>, cache: StoreCache) {
    this.#system = system;
    this.#actor = actor;
    this.#cache = cache;
  }

  get storeId(): string {
    return this.#cache.storeId;
  }

  /** The controller's term: durable, and one higher with each start. */
  get epoch(): number {
    return this.#cache.epoch;
  }

  get revision(): number {
    return this.#cache.revision;
  }

  get(key: string): StoredObject | undefined {
    return this.#cache.get(key);
  }

  list(prefix: string): readonly StoredObject[] {
    return this.#cache.list(prefix);
  }

  watch(options: WatchOptions): ReturnType<ObjectStore['watch']> {
    return this.#cache.watch(options);
  }

  async commit(transaction: Transaction): Promise<TransactionResult> {
    const encoded = encodeTransaction(transaction);
    const reply = await this.#system.ask<StoreMessage, CommitReply>(
      this.#actor,
      (replyTo) => ({ type: 'commit', transaction: encoded, replyTo }),
      commitTimeoutMs,
    );
    if (reply === 'overloaded') throw new AskRefused(this.#actor.path);
    return reply;
  }
}
