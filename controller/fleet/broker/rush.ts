/** So many connections that were opened or closed leave enough garbage to be worth a collection; of a large fleet, a part of it. */
const leastMoves = 500;
/** Where they came a few at a time: V8 has collected some of it meanwhile. */
const trickledPart = 1 / 2;
/** Where they came at once, which is also how a rush goes on after a lull that looked like its end. */
const rushedPart = 1 / 20;
const calmLooks = 10;

/**
 * Tells when a fleet has come, or gone, and is calm again. A connection's first second leaves more garbage than all its days,
 * and V8 would keep the room for it: a third of what thousands of boards take.
 */
export class RushWatch {
  #before = 0;
  #collectedAt = 0;
  /** Since then, in seconds that were not calm. */
  #rushed = 0;
  #calm = 0;

  /**
   * To be asked about once a second. `true`: now is the time to collect.
   *
   * @param moves how many connections were opened or closed so far: a fleet that dials again is as many as before
   */
  look(clients: number, moves: number): boolean {
    const moved = moves - this.#before;
    this.#before = moves;
    const isCalm = moved * 100 <= clients;
    this.#calm = isCalm ? this.#calm + 1 : 0;
    if (!isCalm) this.#rushed += moved;
    const worth = (count: number, part: number): boolean => count >= Math.max(leastMoves, clients * part);
    if (!worth(this.#rushed, rushedPart) && !worth(moves - this.#collectedAt, trickledPart)) return false;
    if (this.#calm < calmLooks) return false;
    this.#collectedAt = moves;
    this.#rushed = 0;
    return true;
  }
}
