const firstSlots = 4;
/** An emptied ring gives back an array larger than this: one burst must not be paid for ever. */
const keptSlots = 1_024;

/** First in, first out, in one reused array: both ends cost the same however many wait. Not bounded by itself. */
export class Ring<T> {
  /** Its length is a power of two, so that a position is a mask away. */
  #slots: (T | undefined)[] | undefined;
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    let slots = this.#slots;
    if (slots === undefined || this.#size === slots.length) slots = this.#grow();
    slots[(this.#head + this.#size) & (slots.length - 1)] = item;
    this.#size += 1;
  }

  /** The oldest item. Ask `size` first: `undefined` may be an item too. */
  take(): T | undefined {
    const slots = this.#slots;
    if (slots === undefined || this.#size === 0) return undefined;
    const item = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#size -= 1;
    if (this.#size === 0 && slots.length > keptSlots) this.clear();
    return item;
  }

  /** Puts `item` in the place of the one that waits `offset` places behind the oldest. */
  replace(offset: number, item: T): void {
    this.#slotsAt(offset)[this.#index(offset)] = item;
  }

  /** Takes the item `offset` places behind the oldest; the oldest moves into the gap. */
  takeAt(offset: number): T | undefined {
    const slots = this.#slotsAt(offset);
    const at = this.#index(offset);
    const item = slots[at];
    slots[at] = slots[this.#head];
    this.take();
    return item;
  }

  clear(): void {
    this.#slots = undefined;
    this.#head = 0;
    this.#size = 0;
  }

  #index(offset: number): number {
    return (this.#head + offset) & ((this.#slots?.length ?? 1) - 1);
  }

  #slotsAt(offset: number): (T | undefined)[] {
    if (this.#slots !== undefined && offset >= 0 && offset < this.#size) return this.#slots;
    throw new RangeError(`offset ${offset} is outside a ring of ${this.#size}`);
  }

  #grow(): (T | undefined)[] {
    const old = this.#slots;
    const slots = new Array<T | undefined>(old === undefined ? firstSlots : old.length * 2);
    for (let at = 0; at < this.#size; at += 1) slots[at] = old?.[this.#index(at)];
    this.#slots = slots;
    this.#head = 0;
    return slots;
  }
}
