import { type KeyObject, sign, verify } from 'node:crypto';
import { type Decoded, decodeJsonText, decodeText } from './decode.ts';
import { limits } from './limits.ts';
import type * as z from './zod.ts';

/**
 * What the controller orders travels signed: one line `bramble1 {signature}`, then JSON. The signature (Ed25519,
 * RFC 8032, base64) covers the topic too, so that an order cannot be moved to another board (guarantee G7).
 */
const scheme = 'bramble1';
/** Scheme, space, 88 characters of base64, line feed. */
const headerBytes = scheme.length + 1 + 88 + 1;

/** Whether the signature over the text is the cluster's. */
export type SignatureCheck = (text: string, signature: Buffer) => boolean;

export function signOrder(key: KeyObject, topic: string, order: unknown): Uint8Array {
  const json = JSON.stringify(order);
  const signature = sign(null, Buffer.from(`${topic}\n${json}`), key).toString('base64');
  return Buffer.from(`${scheme} ${signature}\n${json}`);
}

/** Checks size, signature and form, in this order. Never throws, whatever the bytes. */
export function openOrder<T>(
  key: KeyObject | SignatureCheck,
  schema: z.ZodMiniType<T>,
  topic: string,
  payload: Uint8Array,
): Decoded<T> {
  const text = decodeText(payload, limits.objectBytes + limits.objectBytes / 2);
  if (!text.ok) return text;
  const header = text.value.slice(0, headerBytes);
  const json = text.value.slice(headerBytes);
  if (!header.startsWith(`${scheme} `) || !header.endsWith('\n')) return forged(`no ${scheme} signature`);
  const encoded = header.slice(scheme.length + 1, -1);
  const signature = Buffer.from(encoded, 'base64');
  // Base64 has several spellings of the same bytes; one of them is right.
  if (signature.length !== 64 || signature.toString('base64') !== encoded)
    return forged('the signature is not 64 bytes');
  if (!isSigned(key, `${topic}\n${json}`, signature)) return forged('the signature does not match');
  return decodeJsonText(schema, json);
}

function isSigned(key: KeyObject | SignatureCheck, text: string, signature: Buffer): boolean {
  return typeof key === 'function' ? key(text, signature) : verify(null, Buffer.from(text), key, signature);
}

function forged(message: string): { ok: false; code: 'BRAMBLE_BAD_SIGNATURE'; message: string } {
  return { ok: false, code: 'BRAMBLE_BAD_SIGNATURE', message };
}
