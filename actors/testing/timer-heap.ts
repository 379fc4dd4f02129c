/** A timer that waits; `index` is its place in the heap, or -1 when it has left. */
export interface HeapTimer {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
  index: number;
}

/** A binary heap of timers, the earliest on top; of equal ones the one that was set first. */
export class TimerHeap {
  readonly #timers: HeapTimer[] = [];
  #order = 0;

  get size(): number {
    return this.#timers.length;
  }

  get earliest(): HeapTimer | undefined {
    return this.#timers[0];
  }

  add(atMs: number, fire: () => void): HeapTimer {
    const timer: HeapTimer = { atMs, order: this.#order, fire, index: this.#timers.length };
    this.#order += 1;
    this.#timers.push(timer);
    this.#rise(timer);
    return timer;
  }

  /** Does nothing for a timer that has left already. */
  remove(timer: HeapTimer): void {
    const at = timer.index;
    if (at < 0) return;
    timer.index = -1;
    const last = this.#timers.pop() as HeapTimer;
    if (last === timer) return;
    this.#put(last, at);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(timer: HeapTimer): void {
    while (timer.index > 0) {
      const parent = this.#timers[(timer.index - 1) >> 1] as HeapTimer;
      if (!isBefore(timer, parent)) return;
      this.#swap(timer, parent);
    }
  }

  #sink(timer: HeapTimer): void {
    for (;;) {
      const left = this.#timers[timer.index * 2 + 1];
      const right = this.#timers[timer.index * 2 + 2];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, timer)) return;
      this.#swap(timer, child);
    }
  }

  #swap(one: HeapTimer, other: HeapTimer): void {
    const at = one.index;
    this.#put(one, other.index);
    this.#put(other, at);
  }

  #put(timer: HeapTimer, at: number): void {
    this.#timers[at] = timer;
    timer.index = at;
  }
}

function isBefore(one: HeapTimer, other: HeapTimer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
