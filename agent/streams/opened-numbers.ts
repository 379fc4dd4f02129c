/** Orders that may overtake one another on their way. */
const windowSize = 1_024;

/**
 * Which openings were taken: whoever holds the broker could send a signed one again, and run a command a second time. The
 * numbers of one controller's term only grow; a later term begins anew, and the link refuses an earlier one.
 */
export class OpenedNumbers {
  #term = '';
  #highest = 0;
  readonly #taken = new Set<number>();

  /** Whether it was not taken before, nor is so old that nobody can tell. */
  take(term: string, number: number): boolean {
    if (term !== this.#term) this.#begin(term);
    if (number <= this.#highest - windowSize || this.#taken.has(number)) return false;
    this.#taken.add(number);
    this.#highest = Math.max(this.#highest, number);
    for (const old of this.#taken) {
      if (this.#taken.size <= windowSize) break;
      this.#taken.delete(old);
    }
    return true;
  }

  #begin(term: string): void {
    this.#term = term;
    this.#highest = 0;
    this.#taken.clear();
  }
}
