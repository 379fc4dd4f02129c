import type { Board } from './snapshot.ts';

/** The golden section scatters best what is few among many. */
const step = 0.618;
const stridesTried = 20;

/**
 * Boards in the order in which they are looked at. It goes round: whoever looks at some of them goes on where the last
 * look ended, so that each board has its turn, and in long steps, so that boards that joined side by side, and stand
 * side by side, are not all that one pod is offered.
 */
export class BoardOrder {
  readonly #boards: Board[] = [];
  readonly #places = new Map<Board, number>();
  #next = 0;
  /** Zero: to be found for the number of boards that there are now. */
  #stride = 0;

  get size(): number {
    return this.#boards.length;
  }

  /** All, in no order that matters but the same in each run. */
  get all(): readonly Board[] {
    return this.#boards;
  }

  has(board: Board): boolean {
    return this.#places.has(board);
  }

  add(board: Board): void {
    this.#places.set(board, this.#boards.length);
    this.#boards.push(board);
    this.#resized();
  }

  /** Answers whether it was there. */
  remove(board: Board): boolean {
    const place = this.#places.get(board);
    if (place === undefined) return false;
    const last = this.#boards.pop() as Board;
    this.#places.delete(board);
    if (last !== board) {
      this.#boards[place] = last;
      this.#places.set(last, place);
    }
    this.#resized();
    return true;
  }

  /** As many calls as there are boards answer each of them once. */
  next(): Board {
    if (this.#stride === 0) this.#stride = strideFor(this.#boards.length);
    const board = this.#boards[this.#next] as Board;
    this.#next += this.#stride;
    if (this.#next >= this.#boards.length) this.#next -= this.#boards.length;
    return board;
  }

  #resized(): void {
    if (this.#next >= this.#boards.length) this.#next = 0;
    this.#stride = 0;
  }
}

/**
 * Near the golden section of `size`, and such that the places passed lie evenly however few they are: where all quotients of
 * Euclid's algorithm are small (the three-gap theorem). Without a divisor in common, so that all have been passed before
 * the first comes again.
 */
function strideFor(size: number): number {
  const ideal = Math.max(1, Math.round(size * step));
  let best = 1;
  let bestQuotient = Number.POSITIVE_INFINITY;
  for (let stride = ideal; stride > Math.max(0, ideal - stridesTried); stride -= 1) {
    const quotient = largestQuotient(size, stride);
    if (quotient < bestQuotient) [best, bestQuotient] = [stride, quotient];
  }
  return best;
}

/** Infinity where `a` and `b` have a divisor in common. */
function largestQuotient(a: number, b: number): number {
  if (b === 0) return a === 1 ? 0 : Number.POSITIVE_INFINITY;
  return Math.max(Math.floor(a / b), largestQuotient(b, a % b));
}
