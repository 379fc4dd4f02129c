import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 192 bits, base64url: nothing that could be guessed, so a plain hash of it is enough to store. */
export function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

/** SHA-256, lower-case hexadecimal. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares two hashes from `hashOf` in constant time. */
export function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
