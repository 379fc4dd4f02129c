import type { TlsMaterial } from './apiserver/http/listen.ts';
import type { Trust } from './trust/trust.ts';

/**
 * What the API shows and believes under these names. The authority is sent along, although clients have it: a board that is
 * about to join does not yet, and knows it by the fingerprint in its token.
 */
export async function apiTls(
  { certificates, caPem, clientCaPem }: Trust,
  names: readonly string[],
): Promise<TlsMaterial> {
  const { key, certificate } = await certificates.server(names);
  return { certificate: certificate + caPem, privateKey: key, clientAuthorities: clientCaPem };
}
