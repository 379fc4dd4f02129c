import type { StoreEvent } from './types.ts';

/** The newest events of the store, from which a watch resumes (guarantee G2). */
export class EventWindow {
  readonly #capacity: number;
  readonly #ring: StoreEvent[] = [];
  /** Where the oldest event lies once the ring is full. */
  #oldest = 0;
  #floor: number;

  /** @param revision the store's; nothing before it is known. */
  constructor(capacity: number, revision: number) {
    this.#capacity = capacity;
    this.#floor = revision;
  }

  /** All events after this revision are held. */
  get floor(): number {
    return this.#floor;
  }

  push(event: StoreEvent): void {
    if (this.#ring.length < this.#capacity) {
      this.#ring.push(event);
      return;
    }
    this.#floor = (this.#ring[this.#oldest] as StoreEvent).stored.revision;
    this.#ring[this.#oldest] = event;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
  }

  /** In order of revision; `undefined` when some of them are no longer held. */
  after(revision: number): StoreEvent[] | undefined {
    if (revision < this.#floor) return undefined;
    const count = this.#ring.length;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle).stored.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return Array.from({ length: count - low }, (_, index) => this.#at(low + index));
  }

  #at(index: number): StoreEvent {
    return this.#ring[(this.#oldest + index) % this.#ring.length] as StoreEvent;
  }
}
