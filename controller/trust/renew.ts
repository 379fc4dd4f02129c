import { X509Certificate } from 'node:crypto';
import type { RenewAnswer } from '@bramble/protocol/join.ts';
import { nodeOfCommonName } from './certificates.ts';
import type { BoardRecord, BoardRegistry, BrokerPlace } from './join.ts';
import type { Trust } from './trust.ts';
import { inspectCertificate, issuedBy } from './x509/inspect.ts';

export interface RenewPorts {
  readonly trust: Pick<Trust, 'certificates'>;
  readonly boards: BoardRegistry;
  readonly broker: BrokerPlace;
}

export type RenewOutcome =
  | { readonly ok: true; readonly answer: RenewAnswer }
  /** Why the certificate proves nothing here; the board has to join anew. */
  | { readonly ok: false; readonly message: string };

/**
 * Answers `POST /bramble/v1/renew`: a new certificate for the key that the board has just proved to hold, given the
 * certificate (DER) that it showed. One that has expired will do, so that a board which lay in a drawer for years
 * comes back by itself; one that was replaced or removed will not. Requests are handled one after the other.
 */
export function createRenew(ports: RenewPorts): (shown: Uint8Array | undefined) => Promise<RenewOutcome> {
  let last: Promise<unknown> = Promise.resolve();
  return (shown) => {
    const work = last.then(() => renew(ports, shown));
    last = work.catch(() => undefined);
    return work;
  };
}

async function renew(
  { trust, boards, broker }: RenewPorts,
  shown: Uint8Array | undefined,
): Promise<RenewOutcome> {
  if (shown === undefined) return refuse('show the certificate that is to be renewed');
  const { certificates } = trust;
  const old = new X509Certificate(shown);
  const { commonName, serial } = inspectCertificate(old.toString());
  const node = nodeOfCommonName(commonName);
  if (node === undefined || !issuedBy(old.toString(), certificates.clientAuthorityPem))
    return refuse('the certificate is no board’s of this fleet');
  const record = await boards.get(node);
  if (!record) return refuse(`no board ${node} is known here`);
  if (!isCurrent(record, serial)) return refuse(`board ${node} has been given another certificate since`);
  const publicKey = old.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const certificate = await certificates.issueNodeKey(publicKey, node);
  const certificateSerial = inspectCertificate(certificate).serial;
  await boards.put({ ...record, certificateSerial, previousSerial: serial });
  const { settled, ...place } = broker;
  await settled();
  return { ok: true, answer: { certificate, certificateLifetimeMs: certificates.nodeLifetimeMs, ...place } };
}

/** Also the one before, until the newest was used to renew: the answer that brought the newest may have been lost. */
function isCurrent({ certificateSerial, previousSerial }: BoardRecord, serial: string): boolean {
  return serial === certificateSerial || serial === previousSerial;
}

function refuse(message: string): RenewOutcome {
  return { ok: false, message };
}
