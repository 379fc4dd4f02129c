import 'reflect-metadata';
import { createPrivateKey, createPublicKey, type webcrypto } from 'node:crypto';

export const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export function privateCryptoKey(pem: string): webcrypto.CryptoKey {
  return createPrivateKey(pem).toCryptoKey(curve, false, ['sign']);
}

/** From a public key, or the public half of a private one. @throws when it is not an ECDSA P-256 key */
export function publicCryptoKey(pem: string): webcrypto.CryptoKey {
  return createPublicKey(pem).toCryptoKey(curve, true, ['verify']);
}
