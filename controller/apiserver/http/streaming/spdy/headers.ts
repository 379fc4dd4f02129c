import { constants, createInflate, type Inflate } from 'node:zlib';
import { headerDictionary } from './dictionary.ts';

export type Headers = ReadonlyMap<string, string>;

/** Of one block, when it is no longer compressed. */
const blockBytes = 16_384;

/** Reads the blocks of one direction, which are one compressed text over all frames (§2.6.10.1). */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({
    dictionary: headerDictionary(),
    finishFlush: constants.Z_SYNC_FLUSH,
    flush: constants.Z_SYNC_FLUSH,
  });
  #parts: Buffer[] = [];
  #bytes = 0;
  #failed: Error | undefined;
  #settle: (error?: Error) => void = () => {};

  constructor() {
    this.#inflate.on('data', (part: Buffer) => {
      this.#bytes += part.length;
      if (this.#bytes <= blockBytes) this.#parts.push(part);
      else this.#fail(new Error(`headers of more than ${blockBytes} bytes`));
    });
    this.#inflate.on('error', (error) => this.#fail(error));
  }

  /** One block at a time. Rejects for what is no block; nothing can be read after that. */
  async read(block: Uint8Array): Promise<Headers> {
    if (this.#failed) throw this.#failed;
    await new Promise<void>((resolve, reject) => {
      this.#settle = (error) => (error ? reject(error) : resolve());
      this.#inflate.write(block, () => this.#settle());
    });
    const text = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    const headers = parse(text);
    if (!headers) throw new Error('headers that cannot be read');
    return headers;
  }

  close(): void {
    this.#inflate.destroy();
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    this.#inflate.destroy();
    this.#settle(error);
  }
}

/** `[count]`, then for each `[length][name][length][value]`, all lengths 32 bits; `undefined` for anything else. */
function parse(text: Buffer): Headers | undefined {
  const headers = new Map<string, string>();
  let at = 0;
  const word = (): number => {
    const value = at + 4 <= text.length ? text.readUInt32BE(at) : Number.NaN;
    at += 4;
    return value;
  };
  const string = (): string => {
    const length = word();
    const value = text.toString('latin1', at, at + length);
    at += length;
    return value;
  };
  for (let left = word(); left > 0 && at < text.length; left -= 1)
    headers.set(string().toLowerCase(), string());
  return at === text.length ? headers : undefined;
}

/** An empty stored piece: readers hand on what they have when they meet it, as after zlib's own flush. */
const flush = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);

/**
 * Writes blocks as zlib's stored pieces (RFC 1950, RFC 1951 §3.2.4): answers have no headers worth compressing, and any
 * reader takes them.
 */
export class HeaderWriter {
  #begun = false;

  /** A block without headers, which is all that Kubernetes' clients expect. */
  empty(): Buffer {
    const block = Buffer.alloc(4);
    const piece = Buffer.alloc(5);
    piece.writeUInt16LE(block.length, 1);
    piece.writeUInt16LE(block.length ^ 0xffff, 3);
    const start = this.#begun ? Buffer.alloc(0) : Buffer.from([0x78, 0x01]);
    this.#begun = true;
    return Buffer.concat([start, piece, block, flush]);
  }
}
