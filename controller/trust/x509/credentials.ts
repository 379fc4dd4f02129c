import { createPrivateKey, X509Certificate } from 'node:crypto';

/** A private key and its certificate, as PEM. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
}

/** The key of an authority that was read from a file must be that of its certificate. */
export function belongTogether(credentials: Credentials): boolean {
  return new X509Certificate(credentials.certificate).checkPrivateKey(createPrivateKey(credentials.key));
}
