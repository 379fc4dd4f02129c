import 'reflect-metadata';
import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** A certificate request (PKCS #10, PEM) for an ECDSA P-256 key, signed with it. The controller chooses the name. */
export async function createRequest(privateKey: KeyObject): Promise<string> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=board',
    keys: {
      privateKey: privateKey.toCryptoKey(curve, false, ['sign']),
      publicKey: createPublicKey(privateKey).toCryptoKey(curve, true, ['verify']),
    },
    signingAlgorithm: { ...curve, hash: 'SHA-256' },
  });
  return request.toString('pem');
}
