import type { InboxPolicy } from './actor.ts';
import { Ring } from './ring.ts';

const defaultCapacity = 1_000;
const maxCapacity = 1_000_000;

/** What became of a message: `dropped-oldest` took it in the place of the one that had waited longest. */
export type Put = 'taken' | 'dropped-oldest' | 'refused';

/** A bounded queue of messages with an overflow policy and optional conflation by key. */
export class Inbox<Msg> {
  readonly #policy: InboxPolicy<Msg> | undefined;
  readonly #capacity: number;
  readonly #waiting = new Ring<Msg>();
  readonly #places: KeyedPlaces | undefined;

  /** @throws RangeError when the capacity is not a whole number from 1 to a million. */
  constructor(policy: InboxPolicy<Msg> | undefined) {
    this.#policy = policy;
    this.#capacity = policy?.capacity ?? defaultCapacity;
    this.#places = policy?.conflate ? new KeyedPlaces() : undefined;
    if (!Number.isInteger(this.#capacity) || this.#capacity < 1 || this.#capacity > maxCapacity)
      throw new RangeError(
        `inbox.capacity is ${this.#capacity}; it must be a whole number from 1 to ${maxCapacity}`,
      );
  }

  get size(): number {
    return this.#waiting.size;
  }

  put(message: Msg): Put {
    const places = this.#places;
    if (places === undefined) return this.#append(message);
    const key = this.#policy?.conflate?.(message);
    const waits = key === undefined ? undefined : places.offsetOf(key);
    if (waits !== undefined) {
      this.#waiting.replace(waits, message);
      return 'taken';
    }
    const put = this.#append(message);
    if (put !== 'refused') places.appended(key);
    return put;
  }

  /** The oldest message. Ask `size` first: `undefined` may be a message too. */
  take(): Msg | undefined {
    if (this.#waiting.size > 0) this.#places?.taken();
    return this.#waiting.take();
  }

  clear(): void {
    this.#waiting.clear();
    this.#places?.clear();
  }

  #append(message: Msg): Put {
    const full = this.#waiting.size >= this.#capacity;
    if (full && this.#policy?.overflow !== 'drop-oldest') return 'refused';
    if (full) this.take();
    this.#waiting.push(message);
    return full ? 'dropped-oldest' : 'taken';
  }
}

/** Where the message of each key waits. Keys are kept, not computed again: a message may have changed since. */
class KeyedPlaces {
  readonly #keys = new Ring<string | undefined>();
  /** Counted from the first message ever, so that taking one moves none of the others. */
  readonly #places = new Map<string, number>();
  #taken = 0;

  offsetOf(key: string): number | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : place - this.#taken;
  }

  appended(key: string | undefined): void {
    if (key !== undefined) this.#places.set(key, this.#taken + this.#keys.size);
    this.#keys.push(key);
  }

  taken(): void {
    const key = this.#keys.take();
    if (key !== undefined) this.#places.delete(key);
    this.#taken += 1;
  }

  clear(): void {
    this.#keys.clear();
    this.#places.clear();
    this.#taken = 0;
  }
}
