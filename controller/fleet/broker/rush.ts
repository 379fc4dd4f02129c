/** So many connections that were opened or closed leave enough garbage to be worth a collection; of a large fleet half as many as it has. */
const rushMoves = 500;
const calmLooks = 10;
/** So long after a collection, what the rush set going elsewhere (births, Nodes, facts that go out) is over, and if that was a lull, the rest of it. */
const againLooks = 30;

/**
 * Tells when a fleet has come, or gone, and is calm again. A connection's first second leaves more garbage than all its days,
 * and V8 would keep the room for it: a third of what thousands of boards take.
 */
export class RushWatch {
  #before = 0;
  #collectedAt = 0;
  #calm = 0;
  /** Looks until what is left is collected, too. */
  #again: number | undefined;

  /**
   * To be asked about once a second. `true`: now is the time to collect.
   *
   * @param moves how many connections were opened or closed so far: a fleet that dials again is as many as before
   */
  look(clients: number, moves: number): boolean {
    const moved = moves - this.#before;
    this.#before = moves;
    this.#calm = moved * 100 <= clients ? this.#calm + 1 : 0;
    if (this.#again !== undefined) this.#again -= 1;
    if (this.#calm < calmLooks) return false;
    const isRush = moves - this.#collectedAt >= Math.max(rushMoves, clients / 2);
    if (!isRush && (this.#again ?? 1) > 0) return false;
    this.#again = isRush ? againLooks : undefined;
    this.#collectedAt = moves;
    return true;
  }
}
