import { X509Certificate } from 'node:crypto';

/** What the rest of the controller wants to know of a certificate. */
export interface CertificateFacts {
  readonly commonName: string;
  readonly serial: string;
  readonly validUntilMs: number;
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
}

/** @throws when the text is not a certificate */
export function inspectCertificate(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem);
  return {
    commonName: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '',
    serial: certificate.serialNumber,
    validUntilMs: Date.parse(certificate.validTo),
    names: (certificate.subjectAltName ?? '').split(', ').filter(Boolean).map(nameOf),
  };
}

/** Lower-case hexadecimal SHA-256 of the certificate's DER: what a join token pins. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}

/** Node writes IPv6 addresses of certificates in full and in capitals; so names are compared in one form. */
function nameOf(entry: string): string {
  return entry.replace(/^(DNS|IP Address):/, '').toLowerCase();
}
