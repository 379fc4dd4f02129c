import { tooManyRequests } from '../status.ts';

/** How many bytes of something may be held at once: what comes on top is answered 429 (guarantee G8). */
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

  /** Takes them whether they are there or not. */
  owe(bytes: number): void {
    this.#left -= bytes;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

/** Of a budget that many share: what one of them may take, and gives back. */
export interface Share {
  take(bytes: number): void;
  /** The same, but what is larger than any share may pass where it is the only one of its owner. */
  takeOne(bytes: number): void;
  /** Takes them whether they are there or not. */
  owe(bytes: number): void;
  give(bytes: number): void;
}

/** A budget of which each of many, by name, may take a share: nobody takes all. */
export class SharedBudget {
  readonly #what: string;
  readonly #whole: Budget;
  readonly #share: number;
  readonly #taken = new Map<string, number>();

  constructor(what: string, bytes: number, share: number) {
    this.#what = what;
    this.#whole = new Budget(what, bytes);
    this.#share = share;
  }

  of(name: string): Share {
    return {
      take: (bytes) => this.#take(name, bytes),
      takeOne: (bytes) => {
        if (bytes <= this.#share || this.#taken.has(name)) return this.#take(name, bytes);
        this.#owe(name, bytes);
      },
      owe: (bytes) => this.#owe(name, bytes),
      give: (bytes) => this.#give(name, bytes),
    };
  }

  #take(name: string, bytes: number): void {
    const taken = (this.#taken.get(name) ?? 0) + bytes;
    if (taken > this.#share)
      throw tooManyRequests(`too many bytes of ${this.#what} of one user: try again later`, 1);
    this.#whole.take(bytes);
    this.#taken.set(name, taken);
  }

  #owe(name: string, bytes: number): void {
    this.#whole.owe(bytes);
    this.#taken.set(name, (this.#taken.get(name) ?? 0) + bytes);
  }

  #give(name: string, bytes: number): void {
    this.#whole.give(bytes);
    const left = (this.#taken.get(name) ?? 0) - bytes;
    if (left > 0) this.#taken.set(name, left);
    else this.#taken.delete(name);
  }
}
