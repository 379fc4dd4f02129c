import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

/**
 * Sealing to one board: an ephemeral X25519 key agreement (RFC 7748), HKDF-SHA-256 (RFC 5869), AES-256-GCM. A key is
 * used once, so the nonce is all zeros. `context` (uid and digest of the object) is bound in: a sealed Secret cannot
 * be passed off as another, or as a newer one.
 * Layout before base64: `[ephemeral public key: 32][tag: 16][ciphertext]`.
 */
const publicKeyBytes = 32;
const tagBytes = 16;
const nonce = Buffer.alloc(12);
/** What precedes the 32 raw bytes in the DER of an X25519 public key (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b656e032100', 'hex');

export function seal(recipient: KeyObject, context: string, plain: Uint8Array): string {
  const ephemeral = generateKeyPairSync('x25519');
  const key = agree(ephemeral.privateKey, recipient, context);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  const raw = ephemeral.publicKey.export({ type: 'spki', format: 'der' }).subarray(-publicKeyBytes);
  return Buffer.concat([raw, cipher.getAuthTag(), sealed]).toString('base64');
}

/** `undefined` when it was not sealed to this key and context, or was changed. Never throws. */
export function unseal(own: KeyObject, context: string, sealed: string): Uint8Array | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < publicKeyBytes + tagBytes) return undefined;
  try {
    const der = Buffer.concat([spkiPrefix, bytes.subarray(0, publicKeyBytes)]);
    const ephemeral = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const decipher = createDecipheriv('aes-256-gcm', agree(own, ephemeral, context), nonce);
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(publicKeyBytes, publicKeyBytes + tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(publicKeyBytes + tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function agree(privateKey: KeyObject, publicKey: KeyObject, context: string): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `bramble seal ${context}`, 32));
}
