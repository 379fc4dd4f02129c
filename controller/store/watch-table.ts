import type { StoreEvent, WatchOptions } from './types.ts';

type OnEvents = WatchOptions['onEvents'];

interface Watcher {
  /** What it has been told up to: the next event is the first after this revision. */
  told: number;
  readonly onEvents: OnEvents;
}

/** Who watches what (guarantee G2). Watchers of the same prefix share the work of choosing events, and the array of them. */
export class WatchTable {
  readonly #byPrefix = new Map<string, Set<Watcher>>();
  readonly #onFailure: (error: unknown) => void;

  /** @param onFailure told of a watcher that threw and was stopped for it. */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  get size(): number {
    let size = 0;
    for (const watchers of this.#byPrefix.values()) size += watchers.size;
    return size;
  }

  /** @param told the revision whose events, and all before them, the watcher has seen. */
  add(prefix: string, told: number, onEvents: OnEvents): () => void {
    const watcher: Watcher = { told, onEvents };
    const watchers = this.#byPrefix.get(prefix) ?? new Set();
    this.#byPrefix.set(prefix, watchers.add(watcher));
    return () => this.#remove(prefix, watcher);
  }

  /** @param events in order of revision. @param revision the store's newest. */
  tell(events: readonly StoreEvent[], revision: number): void {
    if (events.length === 0) return;
    for (const [prefix, watchers] of [...this.#byPrefix]) {
      const chosen = events.filter((event) => event.stored.key.startsWith(prefix));
      for (const watcher of [...watchers])
        if (watchers.has(watcher)) this.#tellOne(prefix, watcher, chosen, revision);
    }
  }

  #tellOne(prefix: string, watcher: Watcher, chosen: readonly StoreEvent[], revision: number): void {
    // One that began to watch while the others were told may know some of these already.
    const news =
      (chosen[0]?.stored.revision ?? 0) > watcher.told
        ? chosen
        : chosen.filter((event) => event.stored.revision > watcher.told);
    watcher.told = Math.max(watcher.told, revision);
    if (news.length === 0) return;
    try {
      watcher.onEvents(news, revision);
    } catch (error) {
      this.#remove(prefix, watcher);
      this.#onFailure(error);
    }
  }

  #remove(prefix: string, watcher: Watcher): void {
    const watchers = this.#byPrefix.get(prefix);
    if (!watchers?.delete(watcher)) return;
    if (watchers.size === 0) this.#byPrefix.delete(prefix);
  }
}
