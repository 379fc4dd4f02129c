import { createHash } from 'node:crypto';

/** The same as long as `secret` is: a broker then ends the old connection when the new one comes. */
export function ownClientId(name: string, secret: string): string {
  const mark = createHash('sha256').update('mqtt client id').update(secret).digest('hex').slice(0, 20);
  return `${name}-${mark}`;
}
