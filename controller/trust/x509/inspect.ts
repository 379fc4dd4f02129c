import { X509Certificate } from 'node:crypto';

/** What the rest of the controller wants to know of a certificate. */
export interface CertificateFacts {
  /** Public key, SPKI, base64. */
  readonly publicKey: string;
  readonly commonName: string;
  readonly serial: string;
  readonly validUntilMs: number;
  /** DNS names and IP addresses, as `canonicalName` spells them. */
  readonly names: readonly string[];
}

/** @throws when the text is not a certificate */
export function inspectCertificate(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem);
  return {
    publicKey: certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    commonName: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '',
    serial: certificate.serialNumber,
    validUntilMs: Date.parse(certificate.validTo),
    names: (certificate.subjectAltName ?? '')
      .split(', ')
      .filter(Boolean)
      .map((entry) => canonicalName(entry.replace(/^(DNS|IP Address):/, ''))),
  };
}

/** Whether the authority signed the certificate; the dates are not looked at. */
export function issuedBy(pem: string, authorityPem: string): boolean {
  const authority = new X509Certificate(authorityPem);
  const certificate = new X509Certificate(pem);
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** Lower-case hexadecimal SHA-256 of the certificate's DER: what a join token pins. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}

/** One spelling for each name, so that names can be compared: IPv6 shortened (RFC 5952), no zone, lower case. */
export function canonicalName(name: string): string {
  const plain = (name.split('%')[0] ?? '').toLowerCase();
  return plain.includes(':') ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain;
}
