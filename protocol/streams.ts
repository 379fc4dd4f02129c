import { type Decoded, decodeJson } from './decode.ts';
import { limits } from './limits.ts';
import { type StreamFrame, streamEnd } from './messages/streams.ts';
import { type Direction, FrameCipher, tagBytes } from './stream-keys.ts';

/** `[type: u8][sequence: u32 big-endian][sealed body][tag: 16]`, in both directions; sequences begin at 0. */
const headerBytes = 5;
export const frameOverheadBytes = headerBytes + tagBytes;
/** Sequences are 32 bits: a stream of 16 KiB frames ends by then after 64 TiB. */
const maxSequence = 0xffff_ffff;
const maxCredit = 0xffff_ffff;

const typeNumbers = {
  stdout: 1,
  stderr: 2,
  end: 3,
  stdin: 4,
  'stdin-end': 5,
  resize: 6,
  credit: 7,
  ready: 8,
  close: 9,
} as const satisfies Readonly<Record<StreamFrame['type'], number>>;
const typeNames = new Map<number, string>(
  Object.entries(typeNumbers).map(([name, number]) => [number, name]),
);

/** Whether a payload on `streams/{id}/in` is a frame; a signed order begins with a letter. */
export function isStreamFrame(payload: Uint8Array): boolean {
  return (payload[0] ?? 0) < 32;
}

/** What a frame takes of the credit: many small frames cost as much as they weigh on the way. */
export function creditCost(bytes: number): number {
  return Math.max(bytes, limits.streamFrameCost);
}

/** Seals the frames that one side sends, numbered as they come. */
export class FrameWriter {
  readonly #cipher: FrameCipher;
  #sequence = 0;

  constructor(streamKey: Uint8Array, direction: Direction) {
    this.#cipher = new FrameCipher(streamKey, direction);
  }

  /** @throws RangeError when the frame is too large or the stream too long; the sender's own fault. */
  write(frame: StreamFrame): Uint8Array {
    const body = bodyOf(frame);
    if (body.length > limits.streamFrameBytes)
      throw new RangeError(`a frame of ${body.length} bytes; at most ${limits.streamFrameBytes} fit`);
    if (this.#sequence > maxSequence) throw new RangeError('the stream has used up its sequence numbers');
    const header = Buffer.alloc(headerBytes);
    header.writeUInt8(typeNumbers[frame.type], 0);
    header.writeUInt32BE(this.#sequence, 1);
    const sealed = this.#cipher.seal(this.#sequence, header, body);
    this.#sequence += 1;
    return sealed;
  }
}

/** Opens the frames of the other side, in whatever order they come. Never throws, whatever the bytes. */
export class FrameReader {
  readonly #cipher: FrameCipher;

  constructor(streamKey: Uint8Array, direction: Direction) {
    this.#cipher = new FrameCipher(streamKey, direction);
  }

  read(payload: Uint8Array): Decoded<{ readonly sequence: number; readonly frame: StreamFrame }> {
    const largest = frameOverheadBytes + limits.streamFrameBytes;
    if (payload.length < frameOverheadBytes) return bad(`${payload.length} bytes are no frame`);
    if (payload.length > largest) return bad(`${payload.length} bytes; at most ${largest} are taken`);
    const header = payload.subarray(0, headerBytes);
    const sequence = new DataView(header.buffer, header.byteOffset, headerBytes).getUint32(1);
    const body = this.#cipher.open(sequence, header, payload.subarray(headerBytes));
    if (!body)
      return { ok: false, code: 'BRAMBLE_BAD_SIGNATURE', message: 'the frame is not of this stream' };
    const frame = frameOf(payload[0] ?? 0, body);
    return frame.ok ? { ok: true, value: { sequence, frame: frame.value } } : frame;
  }
}

function bodyOf(frame: StreamFrame): Uint8Array {
  switch (frame.type) {
    case 'stdout':
    case 'stderr':
    case 'stdin':
      return frame.bytes;
    case 'end':
      return Buffer.from(JSON.stringify(frame.end));
    case 'resize': {
      const body = Buffer.alloc(4);
      body.writeUInt16BE(frame.width, 0);
      body.writeUInt16BE(frame.height, 2);
      return body;
    }
    case 'credit': {
      const body = Buffer.alloc(4);
      body.writeUInt32BE(Math.min(frame.bytes, maxCredit));
      return body;
    }
    default:
      return Buffer.alloc(0);
  }
}

function frameOf(number: number, body: Buffer): Decoded<StreamFrame> {
  const type = typeNames.get(number) as StreamFrame['type'] | undefined;
  switch (type) {
    case 'stdout':
    case 'stderr':
    case 'stdin':
      return { ok: true, value: { type, bytes: body } };
    case 'end': {
      const end = decodeJson(streamEnd, body, limits.streamFrameBytes);
      return end.ok ? { ok: true, value: { type, end: end.value } } : end;
    }
    case 'resize':
      if (body.length !== 4) return bad('a size has four bytes');
      return { ok: true, value: { type, width: body.readUInt16BE(0), height: body.readUInt16BE(2) } };
    case 'credit':
      if (body.length !== 4) return bad('a credit has four bytes');
      return { ok: true, value: { type, bytes: body.readUInt32BE() } };
    case 'stdin-end':
    case 'ready':
    case 'close':
      return { ok: true, value: { type } };
    default:
      return bad(`frame type ${number} is unknown`);
  }
}

function bad(message: string): { ok: false; code: 'BRAMBLE_BAD_MESSAGE'; message: string } {
  return { ok: false, code: 'BRAMBLE_BAD_MESSAGE', message };
}
