import type { StreamIn } from '@bramble/protocol/messages/streams.ts';

/** Frames that may be ahead of one that is late. */
const maxAhead = 32;

/** Puts the frames after `open` in the order of their sequence; what comes twice is dropped. */
export class FrameOrder {
  #next = 1;
  readonly #ahead = new Map<number, StreamIn>();

  /** The frames whose turn has come; `undefined` when too many wait for one that is missing. */
  take(frame: StreamIn): StreamIn[] | undefined {
    if (frame.sequence < this.#next) return [];
    this.#ahead.set(frame.sequence, frame);
    if (this.#ahead.size > maxAhead) return undefined;
    const ready: StreamIn[] = [];
    for (let due = this.#ahead.get(this.#next); due; due = this.#ahead.get(this.#next)) {
      this.#ahead.delete(this.#next);
      this.#next += 1;
      ready.push(due);
    }
    return ready;
  }
}
