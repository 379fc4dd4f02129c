/** SPDY/3.1 (draft-mbelshe-httpbis-spdy-00, draft 3.1): the part that Kubernetes' clients speak. */
export type SpdyFrame =
  /** A part of a data frame; `fin` only with its last one. */
  | { readonly type: 'data'; readonly stream: number; readonly bytes: Uint8Array; readonly fin: boolean }
  /** `block` is compressed, and every block must be read, in order: each continues the one before. */
  | {
      readonly type: 'syn-stream';
      readonly stream: number;
      readonly block: Uint8Array;
      readonly fin: boolean;
    }
  | { readonly type: 'headers'; readonly stream: number; readonly block: Uint8Array; readonly fin: boolean }
  | { readonly type: 'reset'; readonly stream: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goaway' };

export interface Decoding {
  readonly frames: readonly SpdyFrame[];
  /** What is wrong with what followed; nothing after it can be read. */
  readonly fault?: string;
}

const headBytes = 8;
/** Control frames are read whole; an honest one has some hundred bytes. */
const controlBytes = 65_536;
const finFlag = 1;
const version = 3;
const types = { synStream: 1, synReply: 2, reset: 3, settings: 4, ping: 6, goaway: 7, headers: 8, window: 9 };

/** Reads frames from bytes as they come. Never throws, and holds one control frame at most. */
export class FrameDecoder {
  #rest = Buffer.alloc(0);
  #data: { readonly stream: number; readonly fin: boolean; left: number } | undefined;
  #fault: string | undefined;

  read(bytes: Uint8Array): Decoding {
    const frames: SpdyFrame[] = [];
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    while (this.#fault === undefined && this.#next(frames));
    return this.#fault === undefined ? { frames } : { frames, fault: this.#fault };
  }

  /** Whether there may be more. */
  #next(frames: SpdyFrame[]): boolean {
    if (this.#data) return this.#dataPart(this.#data, frames);
    if (this.#rest.length < headBytes) return false;
    const length = this.#rest.readUIntBE(5, 3);
    const flags = this.#rest.readUInt8(4);
    if ((this.#rest.readUInt8(0) & 0x80) === 0) {
      this.#data = { stream: this.#rest.readUInt32BE(0), fin: (flags & finFlag) !== 0, left: length };
      this.#rest = this.#rest.subarray(headBytes);
      return true;
    }
    if ((this.#rest.readUInt16BE(0) & 0x7fff) !== version) return this.#fail('not SPDY version 3');
    if (length > controlBytes) return this.#fail(`a control frame of ${length} bytes`);
    if (this.#rest.length < headBytes + length) return false;
    const type = this.#rest.readUInt16BE(2);
    const body = this.#rest.subarray(headBytes, headBytes + length);
    this.#rest = this.#rest.subarray(headBytes + length);
    return this.#control(type, (flags & finFlag) !== 0, body, frames);
  }

  #dataPart(
    data: { readonly stream: number; readonly fin: boolean; left: number },
    frames: SpdyFrame[],
  ): boolean {
    const bytes = this.#rest.subarray(0, data.left);
    if (bytes.length === 0 && data.left > 0) return false;
    data.left -= bytes.length;
    this.#rest = this.#rest.subarray(bytes.length);
    if (data.left === 0) this.#data = undefined;
    frames.push({ type: 'data', stream: data.stream, bytes, fin: data.fin && data.left === 0 });
    return true;
  }

  #control(type: number, fin: boolean, body: Buffer, frames: SpdyFrame[]): boolean {
    const least = type === types.synStream ? 10 : type === types.settings ? 0 : 4;
    if (body.length < least) return this.#fail(`a frame of type ${type} with ${body.length} bytes`);
    const stream = body.length >= 4 ? body.readUInt32BE(0) & 0x7fff_ffff : 0;
    if (type === types.synStream) frames.push({ type: 'syn-stream', stream, block: body.subarray(10), fin });
    else if (type === types.synReply || type === types.headers)
      frames.push({ type: 'headers', stream, block: body.subarray(4), fin });
    else if (type === types.reset) frames.push({ type: 'reset', stream });
    else if (type === types.ping) frames.push({ type: 'ping', id: body.readUInt32BE(0) });
    else if (type === types.goaway) frames.push({ type: 'goaway' });
    return true;
  }

  #fail(fault: string): false {
    this.#fault = fault;
    return false;
  }
}

export function dataFrame(stream: number, bytes: Uint8Array, fin: boolean): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(stream, 0);
  head.writeUInt8(fin ? finFlag : 0, 4);
  head.writeUIntBE(bytes.length, 5, 3);
  return Buffer.concat([head, bytes]);
}

export function synReplyFrame(stream: number, block: Uint8Array): Buffer {
  return control(types.synReply, [stream], block);
}

/** Status 5 means cancelled, 3 refused (§2.6.3). */
export function resetFrame(stream: number, status: 3 | 5): Buffer {
  return control(types.reset, [stream, status]);
}

export function pingFrame(id: number): Buffer {
  return control(types.ping, [id]);
}

function control(type: number, words: readonly number[], rest: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) body.writeUInt32BE(word, index * 4);
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUIntBE(body.length + rest.length, 5, 3);
  return Buffer.concat([head, body, rest]);
}
