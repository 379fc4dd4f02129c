import { createHash } from 'node:crypto';

/** Where `ip netns` keeps its named namespaces. */
export const namespaceDirectory = '/run/netns';

export const namespaceName = (prefix: string, uid: string): string => `${prefix}-${uid}`;

/** The board's end of a pod's cable. Interface names end at 15 bytes, so the uid is shortened to a hash. */
export function linkName(prefix: string, uid: string): string {
  return `bv${createHash('sha256').update(`${prefix}-${uid}`).digest('hex').slice(0, 12)}`;
}

/** Uids become file names and arguments: nothing but what Kubernetes' uids are made of. */
export function assertUid(uid: string): void {
  if (!/^[0-9A-Za-z][0-9A-Za-z-]{0,62}$/.test(uid)) throw new Error(`not a pod uid: ${JSON.stringify(uid)}`);
}
