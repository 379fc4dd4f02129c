import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';
import type { OrderSigner } from '@bramble/controller/fleet/session-types.ts';
import type { SignatureCheck } from '@bramble/protocol/envelope.ts';
import { seal } from '@bramble/protocol/sealing.ts';

/** What precedes the 32 raw bytes of a private key in its DER (RFC 8410). */
const ed25519Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const x25519Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** A stranger's key. Real keys are the same in each run: else no two traces would be alike. */
export const strangerKey: KeyObject = privateKey(ed25519Prefix, 200);

export function sealingKeyOf(board: number): KeyObject {
  return privateKey(x25519Prefix, board + 2);
}

/** SPKI, base64. */
export function publicText(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

/**
 * Orders as the controller signs them, in the same form, but with a keyed hash in the place of the curve, which costs more
 * than all else that an order causes. Strangers sign with the curve, and cannot make this.
 */
export const orderSigner: OrderSigner = {
  sign(topic, order) {
    const json = JSON.stringify(order);
    return Buffer.from(`bramble1 ${keyedHash(`${topic}\n${json}`).toString('base64')}\n${json}`);
  },
  seal(sealingKey, context, plain) {
    const der = Buffer.from(sealingKey, 'base64');
    return seal(createPublicKey({ key: der, format: 'der', type: 'spki' }), context, plain);
  },
};

export const isSigned: SignatureCheck = (text, signature) => keyedHash(text).equals(signature);

function keyedHash(text: string): Buffer {
  return hash('sha512', `the cluster's secret ${text}`, 'buffer');
}

function privateKey(prefix: Buffer, number: number): KeyObject {
  const key = Buffer.concat([prefix, Buffer.alloc(32, number)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
