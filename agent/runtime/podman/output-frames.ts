import type { LogChunk } from '../port.ts';

/** `[stream: u8][0 0 0][length: u32 big-endian]` before each piece: Docker's form of two streams in one. */
const headerBytes = 8;
const streams = new Map<number, LogChunk['stream']>([
  [1, 'stdout'],
  [2, 'stderr'],
]);

/** Takes the two streams apart again. Feed it bytes as they come; a piece may come out in several. */
export class OutputFrames {
  #header = Buffer.alloc(0);
  #stream: LogChunk['stream'] | undefined;
  #left = 0;

  read(bytes: Uint8Array): LogChunk[] {
    const chunks: LogChunk[] = [];
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#left === 0) {
        rest = this.#readHeader(rest);
        continue;
      }
      const part = rest.subarray(0, this.#left);
      this.#left -= part.length;
      rest = rest.subarray(part.length);
      if (this.#stream) chunks.push({ stream: this.#stream, bytes: part });
    }
    return chunks;
  }

  #readHeader(bytes: Uint8Array): Uint8Array {
    const missing = headerBytes - this.#header.length;
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, missing)]);
    if (this.#header.length === headerBytes) {
      this.#stream = streams.get(this.#header[0] ?? 0);
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return bytes.subarray(missing);
  }
}
