import type { ActorRef, ActorSystem } from '@bramble/actors/index.ts';
import { AwaitedCommits } from './awaited-commits.ts';
import { encodeTransaction } from './encode.ts';
import type { StoreMessage } from './store-actor.ts';
import type { StoreCache } from './store-cache.ts';
import type { ObjectStore, StoredObject, Transaction, TransactionResult, WatchOptions } from './types.ts';

/** A disk that has not synced a batch by then is taken for hung: the outcome is unknown. */
const commitTimeoutMs = 60_000;

/** The store as the rest of the controller uses it: reads from the cache, writes through the actor. */
export class Store implements ObjectStore {
  readonly #actor: ActorRef<StoreMessage>;
  readonly #cache: StoreCache;
  readonly #awaited: AwaitedCommits;

  constructor(system: ActorSystem, actor: ActorRef<StoreMessage>, cache: StoreCache) {
    this.#actor = actor;
    this.#cache = cache;
    this.#awaited = new AwaitedCommits(actor.path, system.host, commitTimeoutMs);
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

  commit(transaction: Transaction): Promise<TransactionResult> {
    return new Promise((resolve, reject) => {
      // What this throws, for an object that is no JSON, rejects.
      const encoded = encodeTransaction(transaction);
      const replyTo = this.#awaited.add(resolve, reject);
      const taken = this.#actor.send({ type: 'commit', transaction: encoded, replyTo });
      if (!taken) replyTo.send('overloaded');
    });
  }
}
