import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

/**
 * Where an agent keeps what must not outlive a boot, and what must not reach the card. It depends on the data
 * directory, so that several agents on one machine never meet; it is short, since socket paths end at 107 bytes.
 */
export function runDirectory(dataDir: string): string {
  return `/run/bramble/${instanceName(dataDir)}`;
}

/** Names this agent among others on the machine: twelve hexadecimal digits. */
export function instanceName(dataDir: string): string {
  return createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12);
}
