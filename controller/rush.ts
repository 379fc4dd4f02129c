/** So many moves leave enough garbage to be worth a collection; where there is much, half as many as there is. */
const rushMoves = 500;
const calmLooks = 10;
/** So long after a collection, what the rush set going elsewhere is over, and if that was a lull, the rest of it. */
const againLooks = 30;

/**
 * Tells when a rush is over: a fleet that came or went, thousands of objects written. What a connection or a write leaves in its
 * first second is more garbage than all its days make, and V8 would keep the room for it: a third of what thousands of boards take,
 * two thirds of what a thousand pods take.
 */
export class RushWatch {
  #before: number;
  #collectedAt: number;
  #calm = 0;
  /** Looks until what is left is collected, too. */
  #again: number | undefined;

  /** @param moves how many there were before the first look */
  constructor(moves = 0) {
    this.#before = moves;
    this.#collectedAt = moves;
  }

  /** Nothing is left to collect, and nothing moves: the next look may be some seconds later. */
  get atRest(): boolean {
    return this.#calm >= calmLooks && this.#again === undefined;
  }

  /**
   * To be asked about once a second. `true`: now is the time to collect.
   *
   * @param size how many connections, or objects, there are
   * @param moves how many were opened and closed, or written, so far: a fleet that dials again is as many as before
   */
  look(size: number, moves: number): boolean {
    const moved = moves - this.#before;
    this.#before = moves;
    this.#calm = moved * 100 <= size ? this.#calm + 1 : 0;
    if (this.#again !== undefined) this.#again -= 1;
    if (this.#calm < calmLooks) return false;
    const isRush = moves - this.#collectedAt >= Math.max(rushMoves, size / 2);
    if (!isRush && (this.#again ?? 1) > 0) return false;
    this.#again = isRush ? againLooks : undefined;
    this.#collectedAt = moves;
    return true;
  }
}
