import { createHash } from 'node:crypto';
import { canonicalJson } from '@bramble/protocol/digest.ts';

/** Sixteen hexadecimal digits for the content, whatever the order of its fields. */
export function digestText(content: unknown): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 16);
}
