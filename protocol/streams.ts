import { type Decoded, decodeJson } from './decode.ts';
import { limits } from './limits.ts';
import { type StreamOut, streamEnd } from './messages/streams.ts';

/** The frames of `streams/{id}/out`: `[type: u8][sequence: u32 big-endian][bytes]`; an end's bytes are JSON. */
const typeNumbers = { stdout: 1, stderr: 2, end: 3 } as const;
const headerBytes = 5;
/** Sequences are 32 bits: a stream of 16 KiB frames ends by then after 64 TiB. */
const maxSequence = 0xffff_ffff;

/** @throws RangeError when the sequence or the bytes exceed what a frame holds; the sender's own fault. */
export function encodeStreamOut(frame: StreamOut): Uint8Array {
  const body = frame.type === 'end' ? Buffer.from(JSON.stringify(frame.end)) : frame.bytes;
  if (body.length > limits.streamFrameBytes)
    throw new RangeError(`a frame of ${body.length} bytes; at most ${limits.streamFrameBytes} fit`);
  if (!Number.isInteger(frame.sequence) || frame.sequence < 0 || frame.sequence > maxSequence)
    throw new RangeError(`sequence ${frame.sequence} does not fit 32 bits`);
  const bytes = Buffer.alloc(headerBytes + body.length);
  bytes.writeUInt8(typeNumbers[frame.type], 0);
  bytes.writeUInt32BE(frame.sequence, 1);
  bytes.set(body, headerBytes);
  return bytes;
}

/** Never throws, whatever the bytes. The body of the frame is a view of `payload`. */
export function decodeStreamOut(payload: Uint8Array): Decoded<StreamOut> {
  if (payload.length < headerBytes) return bad(`${payload.length} bytes; a frame begins with ${headerBytes}`);
  if (payload.length > headerBytes + limits.streamFrameBytes)
    return bad(`${payload.length} bytes; at most ${headerBytes + limits.streamFrameBytes} are taken`);
  const sequence = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(1);
  const body = payload.subarray(headerBytes);
  switch (payload[0]) {
    case typeNumbers.stdout:
      return { ok: true, value: { type: 'stdout', sequence, bytes: body } };
    case typeNumbers.stderr:
      return { ok: true, value: { type: 'stderr', sequence, bytes: body } };
    case typeNumbers.end: {
      const end = decodeJson(streamEnd, body, limits.streamFrameBytes);
      return end.ok ? { ok: true, value: { type: 'end', sequence, end: end.value } } : end;
    }
    default:
      return bad(`frame type ${payload[0]} is unknown`);
  }
}

function bad(message: string): { ok: false; code: 'BRAMBLE_BAD_MESSAGE'; message: string } {
  return { ok: false, code: 'BRAMBLE_BAD_MESSAGE', message };
}
