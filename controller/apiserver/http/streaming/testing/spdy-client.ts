import { constants, createDeflate, type Deflate } from 'node:zlib';
import type { ByteReader, OpenChannel } from '../byte-channel.ts';
import { headerDictionary } from '../spdy/dictionary.ts';
import { dataFrame, FrameDecoder, resetFrame } from '../spdy/frames.ts';

/** A client's end of SPDY/3.1, on a channel that a test holds. */
export class SpdyClient {
  /** What the server wrote on each stream. */
  readonly received = new Map<number, Buffer>();
  readonly ended = new Set<number>();
  readonly resets = new Set<number>();
  readonly replies = new Set<number>();
  readonly pings: number[] = [];
  paused = false;
  closed = false;
  readonly #deflate: Deflate = createDeflate({ dictionary: headerDictionary() });
  readonly #decoder = new FrameDecoder();
  #parts: Buffer[] = [];
  #reader: ByteReader | undefined;
  #nextId = 1;

  constructor() {
    this.#deflate.on('data', (part: Buffer) => this.#parts.push(part));
  }

  readonly open: OpenChannel = (reader) => {
    this.#reader = reader;
    return {
      send: (bytes, sent) => {
        this.#take(bytes);
        sent?.();
      },
      pause: () => {
        this.paused = true;
      },
      resume: () => {
        this.paused = false;
      },
      end: () => this.close(),
    };
  };

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#reader?.onClose();
  }

  bytes(bytes: Uint8Array): void {
    this.#reader?.onBytes(bytes);
  }

  /** Opens a stream with these headers, and answers its number. */
  async stream(headers: Readonly<Record<string, string>>, id = this.#nextId): Promise<number> {
    this.#nextId = id + 2;
    const block = await this.#compress(headers);
    const head = Buffer.alloc(18);
    head.writeUInt16BE(0x8003, 0);
    head.writeUInt16BE(1, 2);
    head.writeUIntBE(10 + block.length, 5, 3);
    head.writeUInt32BE(id, 8);
    this.bytes(Buffer.concat([head, block]));
    return id;
  }

  data(id: number, text: string | Uint8Array, fin = false): void {
    this.bytes(dataFrame(id, Buffer.from(text), fin));
  }

  reset(id: number): void {
    this.bytes(resetFrame(id, 5));
  }

  text(id: number): string {
    return String(this.received.get(id) ?? '');
  }

  async #compress(headers: Readonly<Record<string, string>>): Promise<Buffer> {
    const words = Object.entries(headers)
      .flat()
      .map((word) => Buffer.from(word));
    const length = (value: number): Buffer => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    };
    const parts = words.flatMap((word) => [length(word.length), word]);
    this.#deflate.write(Buffer.concat([length(words.length / 2), ...parts]));
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    const block = Buffer.concat(this.#parts);
    this.#parts = [];
    return block;
  }

  #take(bytes: Uint8Array): void {
    for (const frame of this.#decoder.read(bytes).frames) {
      if (frame.type === 'headers') this.replies.add(frame.stream);
      if (frame.type === 'reset') this.resets.add(frame.stream);
      if (frame.type === 'ping') this.pings.push(frame.id);
      if (frame.type !== 'data') continue;
      const before = this.received.get(frame.stream) ?? Buffer.alloc(0);
      this.received.set(frame.stream, Buffer.concat([before, frame.bytes]));
      if (frame.fin) this.ended.add(frame.stream);
    }
  }
}
