import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Host } from '@bramble/actors/index.ts';
import { readIfThere, writeDurably } from '@bramble/adapters/host/durable-file.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { Certificates } from './certificates.ts';
import { JoinTokens } from './join-tokens.ts';
import { Users } from './users.ts';
import { fingerprintOf } from './x509/inspect.ts';

/** What the controller's word rests on. All of it is under `{dataDir}/controller/trust/`, for the owner alone. */
export interface Trust {
  readonly certificates: Certificates;
  /** PEM, the authority of servers: what clients trust. */
  readonly caPem: string;
  /** PEM, the authority of boards and of the controller as a broker's client: what servers trust. */
  readonly clientCaPem: string;
  /** Ed25519: signs what boards are ordered to do. */
  readonly clusterKey: KeyObject;
  /** Its public half, SPKI, base64: what boards pin. */
  readonly clusterPublicKey: string;
  readonly joinTokens: JoinTokens;
  readonly users: Users;
}

/** Opens the files, and makes those that are missing. @throws BrambleError BRAMBLE_TRUST_CORRUPT naming the file */
export async function openTrust(dataDir: string, host: Host, boardCertificateMs?: number): Promise<Trust> {
  const folder = join(dataDir, 'controller', 'trust');
  const now = () => host.now();
  const certificates = await Certificates.open(folder, now, boardCertificateMs);
  const clusterKey = await openClusterKey(join(folder, 'cluster-key.pem'));
  const pin = Buffer.from(fingerprintOf(certificates.authorityPem), 'hex').toString('base64url');
  return {
    certificates,
    caPem: certificates.authorityPem,
    clientCaPem: certificates.clientAuthorityPem,
    clusterKey,
    clusterPublicKey: createPublicKey(clusterKey).export({ type: 'spki', format: 'der' }).toString('base64'),
    joinTokens: await JoinTokens.open(join(folder, 'join-tokens.json'), pin, now),
    users: await Users.open(join(folder, 'users.json')),
  };
}

async function openClusterKey(path: string): Promise<KeyObject> {
  const text = await readIfThere(path);
  if (text === undefined) {
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeDurably(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return privateKey;
  }
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Told below: whatever is in the file, it is not the key.
  }
  throw new BrambleError('BRAMBLE_TRUST_CORRUPT', `${path} does not hold an Ed25519 private key`);
}
