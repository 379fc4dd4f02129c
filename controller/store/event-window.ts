import type { StoreEvent } from './types.ts';

export interface WindowBounds {
  readonly events: number;
  /** Of the JSON of all of them, before and after: what is changed time and again may be large. */
  readonly bytes: number;
}

/** The newest events of the store, from which a watch resumes (guarantee G2). */
export class EventWindow {
  readonly #bounds: WindowBounds;
  /** Those before the first one that is held are forgotten, and `undefined` until the array is cut. */
  #events: (StoreEvent | undefined)[] = [];
  /** Of each event. An old event itself is not looked at again: it lies in memory that no cache holds. */
  #sizes: number[] = [];
  #revisions: number[] = [];
  #first = 0;
  #bytes = 0;
  #floor: number;

  /** @param revision the store's; nothing before it is known. */
  constructor(bounds: WindowBounds, revision: number) {
    this.#bounds = bounds;
    this.#floor = revision;
  }

  /** All events after this revision are held. */
  get floor(): number {
    return this.#floor;
  }

  push(event: StoreEvent): void {
    const size = sizeOf(event);
    this.#events.push(event);
    this.#sizes.push(size);
    this.#bytes += size;
    this.#revisions.push(event.stored.revision);
    while (this.#count > this.#bounds.events || this.#bytes > this.#bounds.bytes) this.#forget();
    // Cut when half of it is holes, so that each event is moved once on average.
    if (this.#first <= this.#bounds.events) return;
    this.#events = this.#events.slice(this.#first);
    this.#sizes = this.#sizes.slice(this.#first);
    this.#revisions = this.#revisions.slice(this.#first);
    this.#first = 0;
  }

  /** In order of revision; `undefined` when some of them are no longer held. */
  after(revision: number): StoreEvent[] | undefined {
    if (revision < this.#floor) return undefined;
    let low = this.#first;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#revisions[middle] ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low) as StoreEvent[];
  }

  get #count(): number {
    return this.#events.length - this.#first;
  }

  #forget(): void {
    this.#floor = this.#revisions[this.#first] ?? this.#floor;
    this.#bytes -= this.#sizes[this.#first] ?? 0;
    this.#events[this.#first] = undefined;
    this.#first += 1;
  }
}

/** Characters, of which nearly all are one byte. */
const sizeOf = ({ stored, previous }: StoreEvent): number =>
  stored.json.length + (previous?.json.length ?? 0);
