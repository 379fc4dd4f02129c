/** So many clients that came or went leave enough garbage to be worth a collection. */
const rushClients = 500;
const calmLooks = 10;

/**
 * Tells when a fleet has come, or gone, and is calm again. A connection's first second leaves more garbage than all its days,
 * and V8 would keep the room for it: a third of what thousands of boards take.
 */
export class RushWatch {
  #before = 0;
  #collectedAt = 0;
  #calm = 0;

  /** To be asked about once a second. `true`: now is the time to collect. */
  look(clients: number): boolean {
    const moved = Math.abs(clients - this.#before);
    this.#before = clients;
    this.#calm = moved * 100 <= clients ? this.#calm + 1 : 0;
    if (this.#calm < calmLooks || Math.abs(clients - this.#collectedAt) < rushClients) return false;
    this.#collectedAt = clients;
    return true;
  }
}
