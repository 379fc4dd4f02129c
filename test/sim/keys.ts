import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { OrderSigner } from '@bramble/controller/fleet/session-types.ts';
import { signOrder } from '@bramble/protocol/envelope.ts';
import { seal } from '@bramble/protocol/sealing.ts';

/** What precedes the 32 raw bytes of a private key in its DER (RFC 8410). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const x25519Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Real keys, the same in each run: else no two traces would be alike. */
export const clusterKey: KeyObject = privateKey(ed25519Prefix, 1);
/** Somebody else's. */
export const strangerKey: KeyObject = privateKey(ed25519Prefix, 200);
export const clusterPublicKey: KeyObject = createPublicKey(clusterKey);

export function sealingKeyOf(board: number): KeyObject {
  return privateKey(x25519Prefix, board + 2);
}

/** SPKI, base64. */
export function publicText(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

export const orderSigner: OrderSigner = {
  sign: (topic, order) => signOrder(clusterKey, topic, order),
  seal(sealingKey, context, plain) {
    const recipient = createPublicKey({
      key: Buffer.from(sealingKey, 'base64'),
      format: 'der',
      type: 'spki',
    });
    return seal(recipient, context, plain);
  },
};

function privateKey(prefix: Buffer, number: number): KeyObject {
  const key = Buffer.concat([prefix, Buffer.alloc(32, number)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
