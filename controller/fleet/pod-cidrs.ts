/**
 * Shares of the cluster's address range, one for each board. IPv4 only: `10.42.0.0/16` in shares of /24 serves 256
 * boards of 254 pods each. A share belongs to its board until it is released, whatever becomes of the Node meanwhile.
 */
export class PodCidrs {
  readonly #base: number;
  readonly #count: number;
  readonly #shareBits: number;
  readonly #holders = new Map<string, string>();
  readonly #shares = new Map<string, string[]>();
  /** No share below this index is free. */
  #firstFree = 0;

  /** @throws RangeError when the range is not of the form a.b.c.d/n, or n is larger than the share. */
  constructor(range: string, shareBits: number) {
    const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(range);
    const [a = 256, b = 256, c = 256, d = 256, bits = 33] = (match ?? []).slice(1).map(Number);
    if ([a, b, c, d].some((part) => part > 255) || bits > shareBits || bits < 8)
      throw new RangeError(
        `${range} is no IPv4 range like 10.42.0.0/16 with room for shares of /${shareBits}`,
      );
    const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    // Like every network's, the address counts as far as the prefix reaches.
    this.#base = address - (address % 2 ** (32 - bits));
    this.#count = 2 ** (shareBits - bits);
    this.#shareBits = shareBits;
  }

  /** The shares that a board has. */
  of(board: string): readonly string[] {
    return this.#shares.get(board) ?? [];
  }

  /** Notes a share that a board has already. `false` when it is another's. */
  reserve(board: string, share: string): boolean {
    const holder = this.#holders.get(share);
    if (holder !== undefined) return holder === board;
    this.#give(board, share);
    return true;
  }

  /** The board's shares, or the first one that is free; none when all are taken. */
  allocate(board: string): readonly string[] {
    if (this.of(board).length > 0) return this.of(board);
    while (this.#firstFree < this.#count) {
      const share = this.#shareAt(this.#firstFree);
      if (!this.#holders.has(share)) {
        this.#give(board, share);
        break;
      }
      this.#firstFree += 1;
    }
    return this.of(board);
  }

  release(board: string): void {
    for (const share of this.of(board)) this.#holders.delete(share);
    this.#shares.delete(board);
    this.#firstFree = 0;
  }

  #give(board: string, share: string): void {
    this.#holders.set(share, board);
    this.#shares.set(board, [...this.of(board), share]);
  }

  #shareAt(index: number): string {
    const address = (this.#base + index * 2 ** (32 - this.#shareBits)) >>> 0;
    const text = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
    return `${text}/${this.#shareBits}`;
  }
}
