/** More bytes of length than this are malformed (MQTT 3.1.1 §2.2.3). */
const lengthBytes = 4;

/**
 * Follows the packets in a stream of MQTT bytes by their fixed headers alone (§2.2), before anything is parsed or
 * gathered, so that a packet that is too large is known by its first five bytes.
 */
export class FrameMeter {
  /** Largest packet taken, without its fixed header; may change between packets. */
  maxBytes: number;
  #phase: 'type' | 'length' | 'body' = 'type';
  #length = 0;
  #lengthBytes = 0;
  #bodyLeft = 0;
  #whole = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Packets whose last byte has come. */
  get whole(): number {
    return this.#whole;
  }

  /** How many packets begin in this chunk, or `undefined` when one is too large or malformed. */
  feed(chunk: Uint8Array): number | undefined {
    let frames = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#phase === 'body') {
        const skipped = Math.min(this.#bodyLeft, chunk.length - at);
        at += skipped;
        this.#bodyLeft -= skipped;
        if (this.#bodyLeft === 0) this.#ended();
        continue;
      }
      if (this.#phase === 'type') frames += 1;
      if (!this.#header(chunk[at] as number)) return undefined;
      at += 1;
    }
    return frames;
  }

  #header(byte: number): boolean {
    if (this.#phase === 'type') {
      this.#phase = 'length';
      this.#length = 0;
      this.#lengthBytes = 0;
      return true;
    }
    this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes;
    this.#lengthBytes += 1;
    if (this.#length > this.maxBytes) return false;
    if (byte & 0x80) return this.#lengthBytes < lengthBytes;
    this.#bodyLeft = this.#length;
    this.#phase = 'body';
    if (this.#length === 0) this.#ended();
    return true;
  }

  #ended(): void {
    this.#phase = 'type';
    this.#whole += 1;
  }
}
