import { join } from 'node:path';
import { brokerServerName, controllerServerName } from '@bramble/protocol/join.ts';
import { readCredentials, writeCredentials } from './credentials-file.ts';
import type { Subject, Validity } from './x509/authority.ts';
import type { Credentials } from './x509/credentials.ts';
import { canonicalName, inspectCertificate, issuedBy } from './x509/inspect.ts';

const dayMs = 86_400_000;
const authorityLifetimeMs = 30 * 365 * dayMs;
const leafLifetimeMs = 365 * dayMs;
/** Nobody renews a broker's certificate but a person, by `bramble broker-config`. */
const brokerLifetimeMs = 10 * 365 * dayMs;
/** A certificate with less time left than this is made anew. */
const renewBeforeMs = 60 * dayMs;

export const controllerCommonName = 'system:bramble:controller';
export const nodeOrganization = 'system:nodes';
const nodePrefix = 'system:node:';

/**
 * How a broker that goes by subjects (RFC 2253, as OpenSSL prints them) names the holder of a board's certificate: each
 * certificate is somebody of its own, so that a renewed or removed one ends with the rights that its subject had.
 */
export function nodeSubject(node: string, serial: string): string {
  return `serialNumber=${serial},CN=${nodeCommonName(node)},O=${nodeOrganization}`;
}

/** The node in what `nodeSubject` makes. */
export function nodeOfSubject(subject: string): string | undefined {
  const commonName = /(?:^|,)CN=([^,]*)/.exec(subject)?.[1];
  return commonName === undefined ? undefined : nodeOfCommonName(commonName);
}

export const controllerSubject = `CN=${controllerCommonName}`;

export function nodeCommonName(node: string): string {
  return `${nodePrefix}${node}`;
}

/** The node that a certificate's common name stands for, if it does. */
export function nodeOfCommonName(commonName: string): string | undefined {
  return commonName.startsWith(nodePrefix) ? commonName.slice(nodePrefix.length) : undefined;
}

/** The library is loaded when a certificate has to be made: on most starts none has, and it takes 10 MB. */
const making = () => import('./x509/authority.ts');

/**
 * The two authorities and what they signed for the controller itself, in files. Servers and clients have one each: OpenSSL
 * sends along the authority that it knows, and neither side knows the one behind its own certificate, which halves what both
 * send and what a broker keeps of a board. Nor can a client's certificate ever be taken for a server's.
 */
export class Certificates {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #authority: Credentials;
  readonly #clientAuthority: Credentials;
  /** Of boards' certificates. They begin in 1970, so that this cannot be read off one. */
  readonly nodeLifetimeMs: number;
  #last: Promise<unknown> = Promise.resolve();

  static async open(
    folder: string,
    now: () => number,
    nodeLifetimeMs: number = leafLifetimeMs,
  ): Promise<Certificates> {
    const authority = await openAuthority(join(folder, 'authority.pem'), 'Bramble', now);
    const clients = await openAuthority(join(folder, 'client-authority.pem'), 'Bramble clients', now);
    return new Certificates(folder, now, authority, clients, nodeLifetimeMs);
  }

  private constructor(
    folder: string,
    now: () => number,
    authority: Credentials,
    clientAuthority: Credentials,
    nodeLifetimeMs: number,
  ) {
    this.nodeLifetimeMs = nodeLifetimeMs;
    this.#folder = folder;
    this.#now = now;
    this.#authority = authority;
    this.#clientAuthority = clientAuthority;
  }

  /** Of servers: what clients trust, and join tokens pin. */
  get authorityPem(): string {
    return this.#authority.certificate;
  }

  /** Of boards, and of the controller where it is a broker's client. */
  get clientAuthorityPem(): string {
    return this.#clientAuthority.certificate;
  }

  /**
   * For HTTPS and MQTT, without the authority. The same as before while it names all of
   * `names` and no others, and is far from its end; so ask again when addresses change, and once a day.
   */
  server(names: readonly string[]): Promise<Credentials> {
    const wanted = [...new Set([controllerServerName, ...names].map(canonicalName))].sort();
    return this.#keep('server.pem', { commonName: 'bramble-controller', use: 'server', names: wanted });
  }

  /**
   * For a broker beside the controller, which may stand in somebody else's rack: it does not carry the controller's
   * name, so that whoever holds its key cannot pose as the API. Lasts as long as a person forgets it.
   */
  brokerServer(names: readonly string[]): Promise<Credentials> {
    const wanted = [...new Set([brokerServerName, ...names].map(canonicalName))].sort();
    const subject = { commonName: 'bramble-broker', use: 'server', names: wanted } as const;
    return this.#keep('broker.pem', subject, brokerLifetimeMs);
  }

  /** For the controller's own connection to its broker, whichever broker that is. */
  controllerClient(): Promise<Credentials> {
    return this.#keep('controller.pem', { commonName: controllerCommonName, use: 'client' });
  }

  /**
   * Signs a board's certificate, PEM. Whatever else the request asks for is ignored.
   * `undefined` when the request is unreadable or not signed with its own ECDSA P-256 key.
   */
  async issueNode(csrPem: string, node: string): Promise<string | undefined> {
    const { publicKeyOfRequest } = await import('./x509/request.ts');
    const publicKey = await publicKeyOfRequest(csrPem);
    return publicKey === undefined ? undefined : this.issueNodeKey(publicKey, node);
  }

  /** The same for a key (SPKI, PEM) that its holder has proved to hold. */
  async issueNodeKey(publicKey: string, node: string): Promise<string> {
    const subject = {
      commonName: nodeCommonName(node),
      organization: nodeOrganization,
      numbered: true,
      use: 'client',
    } as const;
    const validity = validFor(this.nodeLifetimeMs, this.#now());
    const { issueCertificate } = await making();
    return issueCertificate(this.#clientAuthority, publicKey, subject, validity);
  }

  /** What the file holds, or new credentials where that no longer fits. One after the other. */
  #keep(file: string, subject: Subject, lifetimeMs = leafLifetimeMs): Promise<Credentials> {
    const work = this.#last.then(async () => {
      const path = join(this.#folder, file);
      const existing = await readCredentials(path);
      const authority = subject.use === 'server' ? this.#authority : this.#clientAuthority;
      if (existing && this.#fits(existing, subject, authority)) return existing;
      const { issueCredentials } = await making();
      const made = await issueCredentials(authority, subject, validFor(lifetimeMs, this.#now()));
      await writeCredentials(path, made);
      return made;
    });
    this.#last = work.catch(() => undefined);
    return work;
  }

  #fits(credentials: Credentials, subject: Subject, authority: Credentials): boolean {
    const { validUntilMs, names } = inspectCertificate(credentials.certificate);
    const same = [...names].sort().join() === (subject.names ?? []).join();
    return (
      same &&
      issuedBy(credentials.certificate, authority.certificate) &&
      validUntilMs - this.#now() > renewBeforeMs
    );
  }
}

async function openAuthority(path: string, commonName: string, now: () => number): Promise<Credentials> {
  const existing = await readCredentials(path);
  if (existing) return existing;
  const { createAuthority } = await making();
  const made = await createAuthority(commonName, validFor(authorityLifetimeMs, now()));
  await writeCredentials(path, made);
  return made;
}

/** From 1970 on: a board without a clock of its own starts there, and must believe the controller to set it. */
function validFor(lifetimeMs: number, nowMs: number): Validity {
  return { fromMs: 0, untilMs: nowMs + lifetimeMs };
}
