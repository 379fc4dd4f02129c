import './provider.ts';
import * as x509 from '@peculiar/x509';

/**
 * The public key (SPKI, PEM) of a certificate request (PKCS #10, RFC 2986), or `undefined` when it cannot be read, was
 * not signed with its own key, or holds no ECDSA P-256 key.
 */
export async function publicKeyOfRequest(csrPem: string): Promise<string | undefined> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csrPem);
    const algorithm = request.publicKey.algorithm as { name: string; namedCurve?: string };
    if (algorithm.name !== 'ECDSA' || algorithm.namedCurve !== 'P-256') return undefined;
    return (await request.verify()) ? request.publicKey.toString('pem') : undefined;
  } catch {
    return undefined;
  }
}
