import type { InboxPolicy } from './actor.ts';

const defaultCapacity = 1_000;
/** Below this many taken messages the array is left as it is: moving it would cost more than it frees. */
const compactAfter = 64;

/** A bounded queue of messages with an overflow policy and optional conflation by key. */
export class Inbox<Msg> {
  #items: (Msg | undefined)[] = [];
  #head = 0;
  #positions: Map<string, number> | undefined;
  readonly #policy: InboxPolicy<Msg> | undefined;

  constructor(policy: InboxPolicy<Msg> | undefined) {
    this.#policy = policy;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** `false` when the inbox is full and its policy is to refuse. */
  put(message: Msg): boolean {
    const key = this.#policy?.conflate?.(message);
    if (key !== undefined) {
      const at = this.#positions?.get(key);
      if (at !== undefined) {
        this.#items[at] = message;
        return true;
      }
    }
    if (this.size >= (this.#policy?.capacity ?? defaultCapacity)) {
      if (this.#policy?.overflow !== 'drop-oldest') return false;
      this.take();
    }
    if (key !== undefined) {
      this.#positions ??= new Map();
      this.#positions.set(key, this.#items.length);
    }
    this.#items.push(message);
    return true;
  }

  take(): Msg | undefined {
    if (this.size === 0) return undefined;
    const message = this.#items[this.#head] as Msg;
    this.#items[this.#head] = undefined;
    const key = this.#policy?.conflate?.(message);
    if (key !== undefined) this.#positions?.delete(key);
    this.#head += 1;
    this.#compact();
    return message;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
    this.#positions = undefined;
  }

  #compact(): void {
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
      return;
    }
    if (this.#head < compactAfter || this.#head * 2 < this.#items.length) return;
    this.#items.splice(0, this.#head);
    if (this.#positions) for (const [key, at] of this.#positions) this.#positions.set(key, at - this.#head);
    this.#head = 0;
  }
}
