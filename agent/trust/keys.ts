import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, writeDurably } from '@bramble/adapters/host/durable-file.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';

/** Private keys that are made on the board and never leave it. */
export interface BoardKeys {
  /** ECDSA P-256: proves to the controller and the broker who this board is. */
  readonly identityKey: KeyObject;
  /** X25519: opens what is sealed to this board. */
  readonly sealingKey: KeyObject;
}

/** Reads the keys, or makes those that are missing. @throws BrambleError BRAMBLE_TRUST_CORRUPT naming the file */
export async function ensureKeys(dir: string): Promise<BoardKeys> {
  return {
    identityKey: await ensureKey(
      join(dir, 'identity-key.pem'),
      'ec',
      () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    ),
    sealingKey: await ensureKey(
      join(dir, 'sealing-key.pem'),
      'x25519',
      () => generateKeyPairSync('x25519').privateKey,
    ),
  };
}

/** SPKI, base64. */
export function publicHalf(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
}

export function keyPem(privateKey: KeyObject): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

async function ensureKey(path: string, type: string, make: () => KeyObject): Promise<KeyObject> {
  const text = await readIfThere(path);
  if (text !== undefined) return readKey(path, type, text);
  const key = make();
  await writeDurably(path, keyPem(key));
  return key;
}

function readKey(path: string, type: string, text: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === type) return key;
  } catch {
    // Told below: whatever is in the file, it is not the key.
  }
  throw new BrambleError('BRAMBLE_TRUST_CORRUPT', `${path} does not hold this board's ${type} key`);
}
