import { createPublicKey } from 'node:crypto';
import { createHost } from '@bramble/adapters/host/node-host.ts';
import { openTrust, type Trust } from '@bramble/controller/trust/trust.ts';
import { newKeyPem } from '@bramble/controller/trust/x509/authority.ts';
import { inspectCertificate } from '@bramble/controller/trust/x509/inspect.ts';

export interface Proof {
  readonly cert: string;
  readonly key: string;
}

export interface BoardProof extends Proof {
  readonly node: string;
  readonly serial: string;
}

/** Whom both brokers know: one authority, a controller and boards, each with a certificate of its own. */
export interface Parties {
  readonly trust: Trust;
  readonly controller: Proof;
  readonly boards: readonly BoardProof[];
}

/** @param folder where the authority's keys lie */
export async function makeParties(folder: string, boards: number): Promise<Parties> {
  const trust = await openTrust(
    folder,
    createHost(() => {}),
  );
  const { certificate: cert, key } = await trust.certificates.controllerClient();
  const made: BoardProof[] = [];
  for (let index = 0; index < boards; index += 1) made.push(await boardOf(trust, `board-${index}`));
  return { trust, controller: { cert, key }, boards: made };
}

async function boardOf({ certificates }: Trust, node: string): Promise<BoardProof> {
  const key = newKeyPem();
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;
  const cert = await certificates.issueNodeKey(publicKey, node);
  return { node, key, cert, serial: inspectCertificate(cert).serial };
}
