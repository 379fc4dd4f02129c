import './provider.ts';
import { generateKeyPairSync, randomBytes, type webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Credentials } from './credentials.ts';
import { ecdsa, privateCryptoKey, publicCryptoKey } from './provider.ts';

/** When a certificate begins and ends, milliseconds since the Unix epoch. */
export interface Validity {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Who a certificate names (RFC 5280 §4.1.2.6), and what it may be used for. */
export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  /**
   * Names the certificate's serial number in the subject as well (X.520 serialNumber): for brokers that know a client by
   * its subject alone, and must tell a renewed certificate from the one before.
   */
  readonly numbered?: boolean;
  readonly use: 'server' | 'client';
  /** DNS names and IP addresses of a server. */
  readonly names?: readonly string[];
}

/** The usage keys are kept in PKCS #8, the one form that every consumer (OpenSSL, Node, mosquitto) reads. */
export function newKeyPem(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
}

export async function createAuthority(commonName: string, validity: Validity): Promise<Credentials> {
  const key = newKeyPem();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...common(validity),
    name: nameOf({ commonName }),
    signingAlgorithm: ecdsa,
    keys: { privateKey: privateCryptoKey(key), publicKey: publicCryptoKey(key) },
    extensions: [
      // No further authorities below this one.
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicCryptoKey(key)),
    ],
  });
  return { certificate: pem(certificate), key };
}

/** Signs a certificate for `publicKeyPem` (SPKI), and nothing that its owner may have asked for beyond that. */
export async function issueCertificate(
  authority: Credentials,
  publicKeyPem: string,
  subject: Subject,
  validity: Validity,
): Promise<string> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const publicKey = publicCryptoKey(publicKeyPem);
  const own = common(validity);
  const certificate = await x509.X509CertificateGenerator.create({
    ...own,
    subject: nameOf(subject, own.serialNumber),
    issuer: issuer.subjectName,
    publicKey,
    signingKey: privateCryptoKey(authority.key),
    signingAlgorithm: ecdsa,
    extensions: await leafExtensions(issuer, publicKey, subject),
  });
  return pem(certificate);
}

/** A key made here, with a certificate for it. */
export async function issueCredentials(
  authority: Credentials,
  subject: Subject,
  validity: Validity,
): Promise<Credentials> {
  const key = newKeyPem();
  return { key, certificate: await issueCertificate(authority, key, subject, validity) };
}

async function leafExtensions(
  issuer: x509.X509Certificate,
  publicKey: webcrypto.CryptoKey,
  subject: Subject,
): Promise<x509.Extension[]> {
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    // A board's certificate is for clients only: it cannot pose as the controller.
    new x509.ExtendedKeyUsageExtension([subject.use === 'server' ? serverAuth : clientAuth]),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer),
  ];
  if (subject.names === undefined || subject.names.length === 0) return extensions;
  return [...extensions, new x509.SubjectAlternativeNameExtension(subject.names.map(generalName))];
}

function generalName(name: string): { type: 'ip' | 'dns'; value: string } {
  return { type: /^[\d.]+$|:/.test(name) ? 'ip' : 'dns', value: name };
}

/** X.520 serialNumber, which the library has no short name for. */
const serialNumberType = '2.5.4.5';

function nameOf(
  { commonName, organization, numbered }: Pick<Subject, 'commonName' | 'organization' | 'numbered'>,
  serial = '',
): x509.JsonName {
  return [
    ...(organization === undefined ? [] : [{ O: [organization] }]),
    { CN: [commonName] },
    ...(numbered ? [{ [serialNumberType]: [serial.toUpperCase()] }] : []),
  ];
}

function common(validity: Validity): { serialNumber: string; notBefore: Date; notAfter: Date } {
  // Positive and without leading zeros, at most 20 bytes (RFC 5280 §4.1.2.2).
  const serialNumber = `4${randomBytes(16).toString('hex').slice(1)}`;
  return { serialNumber, notBefore: new Date(validity.fromMs), notAfter: new Date(validity.untilMs) };
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
