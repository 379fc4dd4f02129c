/**
 * Shares of the cluster's address range, one for each board. IPv4 only: `10.42.0.0/16` in shares of /24 serves 256
 * boards of 254 pods each.
 * @throws RangeError when the range is not of the form a.b.c.d/n, or n is larger than the share.
 */
export class PodCidrs {
  readonly #base: number;
  readonly #count: number;
  readonly #shareBits: number;
  readonly #taken = new Set<string>();

  constructor(range: string, shareBits: number) {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(range);
    const [a = 256, b = 256, c = 256, d = 256, bits = 33] = (match ?? []).slice(1).map(Number);
    if ([a, b, c, d].some((part) => part > 255) || bits > shareBits || bits < 8)
      throw new RangeError(
        `${range} is no IPv4 range like 10.42.0.0/16 with room for shares of /${shareBits}`,
      );
    this.#base = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    this.#count = 2 ** (shareBits - bits);
    this.#shareBits = shareBits;
  }

  /** Notes a share that a board has already. */
  reserve(cidr: string): void {
    this.#taken.add(cidr);
  }

  /** The first free share; `undefined` when all are taken. */
  allocate(): string | undefined {
    for (let index = 0; index < this.#count; index += 1) {
      const address = (this.#base + index * 2 ** (32 - this.#shareBits)) >>> 0;
      const text = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
      const cidr = `${text}/${this.#shareBits}`;
      if (this.#taken.has(cidr)) continue;
      this.#taken.add(cidr);
      return cidr;
    }
    return undefined;
  }

  release(cidr: string): void {
    this.#taken.delete(cidr);
  }
}
