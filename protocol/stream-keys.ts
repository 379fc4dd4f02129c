import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { unseal } from './sealing.ts';

/**
 * The frames of a stream are sealed with ChaCha20-Poly1305 (RFC 8439), which needs no help of the processor, as a
 * Raspberry Pi 4 has none. Each stream has a key of its own, and from it one for each direction (HKDF-SHA-256, RFC 5869);
 * the nonce is the frame's sequence, which is never used twice.
 */
export type Direction = 'in' | 'out';

const algorithm = 'chacha20-poly1305';
const keyBytes = 32;
const nonceBytes = 12;
export const tagBytes = 16;

export function newStreamKey(): Uint8Array {
  return randomBytes(keyBytes);
}

/** What the sealed key is bound to: this stream, of this boot of the board's agent. */
export function streamKeyContext(topic: string, boot: number): string {
  return `${topic} boot ${boot}`;
}

/** `undefined` when the key was not sealed to this board and stream. Never throws. */
export function openStreamKey(own: KeyObject, context: string, sealed: string): Uint8Array | undefined {
  const key = unseal(own, context, sealed);
  return key?.length === keyBytes ? key : undefined;
}

/** Seals and opens the frames of one direction. */
export class FrameCipher {
  readonly #key: KeyObject;

  constructor(streamKey: Uint8Array, direction: Direction) {
    const context = `bramble stream ${direction}`;
    const key = hkdfSync('sha256', streamKey, Buffer.alloc(0), context, keyBytes);
    // As an object, so that it is not made into one for each frame.
    this.#key = createSecretKey(Buffer.from(key));
  }

  /** The tag stands behind the sealed bytes. `header` is bound in, and stays readable. */
  seal(sequence: number, header: Uint8Array, plain: Uint8Array): Buffer {
    const cipher = createCipheriv(algorithm, this.#key, nonceOf(sequence), { authTagLength: tagBytes });
    cipher.setAAD(header, { plaintextLength: plain.length });
    const sealed = cipher.update(plain);
    cipher.final();
    return Buffer.concat([header, sealed, cipher.getAuthTag()]);
  }

  /** `undefined` when it was sealed with another key or changed. Never throws. */
  open(sequence: number, header: Uint8Array, sealed: Uint8Array): Buffer | undefined {
    const plainBytes = sealed.length - tagBytes;
    if (plainBytes < 0) return undefined;
    try {
      const decipher = createDecipheriv(algorithm, this.#key, nonceOf(sequence), { authTagLength: tagBytes });
      decipher.setAAD(header, { plaintextLength: plainBytes });
      decipher.setAuthTag(sealed.subarray(plainBytes));
      const plain = decipher.update(sealed.subarray(0, plainBytes));
      decipher.final();
      return plain;
    } catch {
      return undefined;
    }
  }
}

function nonceOf(sequence: number): Buffer {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeUInt32BE(sequence, nonceBytes - 4);
  return nonce;
}
