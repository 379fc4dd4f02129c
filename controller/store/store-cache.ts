import { limits } from '@bramble/protocol/limits.ts';
import type { EngineEvent, EngineState, StoreEngine } from './engine.ts';
import { EventWindow } from './event-window.ts';
import { KeyIndex } from './key-index.ts';
import type { ObjectStore, StoredObject, StoreEvent, WatchOptions } from './types.ts';
import { WatchTable } from './watch-table.ts';

export interface StoreCacheOptions {
  /** Events that a watch may resume from; `limits.watchWindowEvents` unless told. */
  readonly windowEvents?: number;
  /** Told of a watcher that threw and was stopped for it. */
  readonly onWatcherFailure?: (error: unknown) => void;
}

/** Opens the engine and holds what it has in memory. @throws BrambleError as the engine does. */
export async function openStore(engine: StoreEngine, options: StoreCacheOptions = {}): Promise<StoreCache> {
  const early: EngineEvent[] = [];
  let cache: StoreCache | undefined;
  engine.subscribe((events) => {
    if (cache) cache.receive(events);
    else early.push(...events);
  });
  cache = new StoreCache(await engine.open(), options);
  cache.receive(early);
  return cache;
}

/**
 * All live objects, the window of recent events and the watches, fed by the engine's stream alone. It outlives the
 * store's actor: what the engine tells is kept here until an actor takes it in.
 */
export class StoreCache implements Omit<ObjectStore, 'commit'> {
  readonly storeId: string;
  readonly epoch: number;
  readonly #index = new KeyIndex();
  readonly #window: EventWindow;
  readonly #watches: WatchTable;
  #revision: number;
  #pending: EngineEvent[] = [];
  #onPending: (() => void) | undefined;

  constructor(state: EngineState, options: StoreCacheOptions = {}) {
    this.storeId = state.storeId;
    this.epoch = state.epoch;
    this.#revision = state.revision;
    const events = options.windowEvents ?? limits.watchWindowEvents;
    this.#window = new EventWindow({ events, bytes: limits.watchWindowBytes }, state.revision);
    this.#watches = new WatchTable(options.onWatcherFailure ?? (() => {}));
    for (const stored of state.objects) this.#index.put(stored);
  }

  get revision(): number {
    return this.#revision;
  }

  /** Live objects, and watches that are open. */
  get counts(): { objects: number; watches: number } {
    return { objects: this.#index.size, watches: this.#watches.size };
  }

  get(key: string): StoredObject | undefined {
    return this.#index.get(key);
  }

  list(prefix: string): readonly StoredObject[] {
    return this.#index.list(prefix);
  }

  watch(options: WatchOptions): ReturnType<ObjectStore['watch']> {
    const { prefix, from, onEvents } = options;
    if (from !== undefined && from > this.#revision) return { ok: false, reason: 'gone' };
    const missed = this.#window.after(from ?? this.#revision);
    if (!missed) return { ok: false, reason: 'gone' };
    const chosen = missed.filter((event) => event.stored.key.startsWith(prefix));
    const stop = this.#watches.add(prefix, this.#revision, onEvents);
    try {
      if (chosen.length > 0) onEvents(chosen, this.#revision);
    } catch (error) {
      stop();
      throw error;
    }
    return { ok: true, stop };
  }

  /** For the engine: keeps the events until `advance`. */
  receive(events: readonly EngineEvent[]): void {
    for (const event of events) this.#pending.push(event);
    if (this.#pending.length > 0) this.#onPending?.();
  }

  /** For the store's actor: who is told that events wait; the newest caller. */
  setOnPending(onPending: () => void): void {
    this.#onPending = onPending;
  }

  /** Takes in what the engine has told, and answers what changed for the watchers. */
  advance(): StoreEvent[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending.map((event) => this.#take(event));
  }

  /** Tells the watchers what `advance` answered. */
  tell(events: readonly StoreEvent[]): void {
    this.#watches.tell(events, this.#revision);
  }

  #take({ type, stored }: EngineEvent): StoreEvent {
    if (stored.revision <= this.#revision)
      throw new Error(`the engine told revision ${stored.revision} after ${this.#revision}`);
    const previous = this.#index.get(stored.key);
    if (type === 'put') this.#index.put(stored);
    else this.#index.delete(stored.key);
    this.#revision = stored.revision;
    const event: StoreEvent = { type: kindOfChange(type, previous), stored, previous };
    this.#window.push(event);
    return event;
  }
}

function kindOfChange(type: EngineEvent['type'], previous: StoredObject | undefined): StoreEvent['type'] {
  if (type === 'delete') return 'deleted';
  return previous ? 'modified' : 'added';
}
