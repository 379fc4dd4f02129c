import type { Host } from '@bramble/actors/index.ts';

/** Version 4 UUID (RFC 9562 §5.4) from the host's randomness, so that a simulation repeats it. */
export function randomUuid(host: Pick<Host, 'random'>): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(host.random() * 16).toString(16));
  hex[12] = '4';
  hex[16] = '89ab'[Math.floor(host.random() * 4)] as string;
  const text = hex.join('');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

/** Without vowels, and digits that look like letters: never a word (Kubernetes' `utilrand.SafeEncodeString`). */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

export function randomSuffix(host: Pick<Host, 'random'>, length: number): string {
  return Array.from({ length }, () => nameAlphabet[Math.floor(host.random() * nameAlphabet.length)]).join('');
}
