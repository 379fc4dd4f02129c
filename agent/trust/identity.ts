import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, writeDurably } from '@bramble/adapters/host/durable-file.ts';
import { decodeJsonText } from '@bramble/protocol/decode.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { joinAnswer, type RenewAnswer } from '@bramble/protocol/join.ts';
import { textUpTo } from '@bramble/protocol/shapes.ts';
import * as z from '@bramble/protocol/zod.ts';
import { type BoardKeys, ensureKeys, keyPem } from './keys.ts';

/** Who this board is, and which controller it belongs to. */
export interface Identity {
  readonly node: string;
  /** PEM, for TLS: the board's certificate and key, and the authority that it trusts alone. */
  readonly certificate: string;
  readonly key: string;
  /** By the wall clock, when two thirds of the certificate's life have passed. */
  readonly renewAtMs: number;
  readonly ca: string;
  /** Ed25519, public: whose orders this board obeys. */
  readonly clusterKey: KeyObject;
  /** X25519, private. */
  readonly sealingKey: KeyObject;
  /** The store that the board joined. */
  readonly storeId: string;
  /** Of the API server that it joined through, such as `https://192.168.1.10:6443`. */
  readonly url: string;
  readonly mqtt: { readonly host: string; readonly port: number };
  /** The machine that joined, as the first of `machineMarks` names it; absent from old identities. */
  readonly machine: string | undefined;
  /** Where all boards' pods have their addresses, if the controller said it. */
  readonly clusterCIDR: string | undefined;
  /** Where Services have theirs, likewise. */
  readonly serviceCIDR: string | undefined;
}

/** What is stored beside the keys: the controller's answer, and where it was reached. */
export const joined = z.extend(joinAnswer, {
  url: z.url().check(z.maxLength(512)),
  mqttHost: z.string().check(z.minLength(1), z.maxLength(253)),
  machine: z.optional(textUpTo(64)),
});
export type Joined = z.infer<typeof joined>;

/** Of certificates from controllers that did not say. */
const oldLifetimeMs = 365 * 86_400_000;

const file = (dir: string): string => join(dir, 'identity.json');

/** `undefined` for a board that has not joined. @throws BrambleError BRAMBLE_TRUST_CORRUPT naming the file */
export async function loadIdentity(dir: string): Promise<Identity | undefined> {
  const text = await readIfThere(file(dir));
  if (text === undefined) return undefined;
  const decoded = decodeJsonText(joined, text);
  if (!decoded.ok) throw corrupt(dir, decoded.message);
  return assemble(dir, decoded.value, await ensureKeys(dir));
}

/** Puts a renewed certificate in the place of the present one. Durable when it returns. */
export async function replaceCertificate(dir: string, answer: RenewAnswer): Promise<Identity> {
  const text = await readIfThere(file(dir));
  const decoded = decodeJsonText(joined, text ?? '');
  if (!decoded.ok) throw corrupt(dir, decoded.message);
  const facts = { ...decoded.value, ...answer, ...brokerPlaceIn(answer, decoded.value) };
  return storeIdentity(dir, facts, await ensureKeys(dir));
}

/** Where a controller that names no host says that its broker is: beside itself. */
function brokerPlaceIn(answer: RenewAnswer, before: Joined): Pick<Joined, 'mqttHost' | 'mqttPort'> {
  const { mqttHost, mqttPort } = answer;
  if (mqttPort === undefined) return { mqttHost: before.mqttHost, mqttPort: before.mqttPort };
  return { mqttHost: mqttHost ?? hostOf(before.url), mqttPort };
}

/** Of a URL, without the brackets of IPv6. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

/** Durable when it returns. */
export async function storeIdentity(dir: string, facts: Joined, keys: BoardKeys): Promise<Identity> {
  const identity = assemble(dir, facts, keys);
  await writeDurably(file(dir), `${JSON.stringify(facts, null, 2)}\n`);
  return identity;
}

function assemble(dir: string, facts: Joined, keys: BoardKeys): Identity {
  const { node, certificate, ca, storeId, url } = facts;
  if (!certifies(certificate, keys)) throw corrupt(dir, "the certificate is not for this board's key");
  return {
    node,
    certificate,
    key: keyPem(keys.identityKey),
    renewAtMs: renewAtMs(facts),
    ca,
    clusterKey: clusterKeyOf(dir, facts),
    sealingKey: keys.sealingKey,
    storeId,
    url,
    mqtt: { host: facts.mqttHost, port: facts.mqttPort },
    machine: facts.machine,
    clusterCIDR: facts.clusterCIDR,
    serviceCIDR: facts.serviceCIDR,
  };
}

function renewAtMs({ certificate, certificateLifetimeMs = oldLifetimeMs }: Joined): number {
  return Date.parse(new X509Certificate(certificate).validTo) - certificateLifetimeMs / 3;
}

function certifies(certificate: string, keys: BoardKeys): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(keys.identityKey);
  } catch {
    return false;
  }
}

function clusterKeyOf(dir: string, facts: Joined): KeyObject {
  try {
    const der = Buffer.from(facts.clusterKey, 'base64');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Told below.
  }
  throw corrupt(dir, 'the cluster key is not an Ed25519 key');
}

function corrupt(dir: string, detail: string): BrambleError {
  return new BrambleError('BRAMBLE_TRUST_CORRUPT', `${file(dir)} cannot be used: ${detail}`);
}
