/** Frames that may be ahead of one that is late. */
const maxAhead = 32;

/** Puts frames in the order of their sequence; what comes twice is dropped. */
export class FrameOrder<Frame> {
  #next = 0;
  readonly #ahead = new Map<number, Frame>();

  /** The frames whose turn has come; `undefined` when too many wait for one that is missing. */
  take(sequence: number, frame: Frame): Frame[] | undefined {
    if (sequence < this.#next) return [];
    this.#ahead.set(sequence, frame);
    if (this.#ahead.size > maxAhead) return undefined;
    const ready: Frame[] = [];
    for (let due = this.#ahead.get(this.#next); due; due = this.#ahead.get(this.#next)) {
      this.#ahead.delete(this.#next);
      this.#next += 1;
      ready.push(due);
    }
    return ready;
  }
}
