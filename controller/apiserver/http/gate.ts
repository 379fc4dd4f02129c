import { limits } from '@bramble/protocol/limits.ts';
import { bounds } from '../bounds.ts';
import { tooManyRequests } from '../status.ts';

/** Counts what is under way, so that a flood is answered 429 rather than taken in (guarantee G8). */
export class Gate {
  readonly #what: string;
  readonly #most: number;
  #open = 0;

  constructor(what: string, most: number) {
    this.#what = what;
    this.#most = most;
  }

  get open(): number {
    return this.#open;
  }

  /** The function returned is called once it is over; calling it again does nothing. */
  enter(): () => void {
    if (this.#open >= this.#most) throw tooManyRequests(`too many ${this.#what}: try again later`, 1);
    this.#open += 1;
    let left = false;
    return () => {
      if (!left) this.#open -= 1;
      left = true;
    };
  }
}

/** The same for memory: how many bytes may be held at once. */
export class Budget {
  readonly #what: string;
  #left: number;

  constructor(what: string, bytes: number) {
    this.#what = what;
    this.#left = bytes;
  }

  /** Throws 429 when it is spent. */
  take(bytes: number): void {
    if (bytes > this.#left) throw tooManyRequests(`too many bytes of ${this.#what}: try again later`, 1);
    this.#left -= bytes;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

/** The same for each of many, by name. */
export class NamedGates {
  readonly #what: string;
  readonly #most: number;
  readonly #gates = new Map<string, Gate>();

  constructor(what: string, most: number) {
    this.#what = what;
    this.#most = most;
  }

  enter(name: string): () => void {
    const gate = this.#gates.get(name) ?? new Gate(this.#what, this.#most);
    const leave = gate.enter();
    this.#gates.set(name, gate);
    return () => {
      leave();
      if (gate.open === 0) this.#gates.delete(name);
    };
  }
}

export function createGates() {
  return {
    requests: new Gate('requests under way', bounds.requests),
    bodies: new Budget('bodies under way', bounds.bodyBytes),
    streams: new Gate('watches and streams open', bounds.streams),
    userStreams: new NamedGates('streams open for one user', limits.streamsPerUser),
  };
}

export type Gates = ReturnType<typeof createGates>;
