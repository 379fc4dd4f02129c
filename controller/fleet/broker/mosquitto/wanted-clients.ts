import { nodeSubject } from '../../../trust/certificates.ts';
import { hashOf } from '../../../trust/secrets.ts';
import { type Access, accessOf, type Identity } from '../access.ts';
import { type AuthTable, groupIn } from '../identify.ts';

/** One that the broker should know: by its certificate's subject, or by name and token. */
export interface WantedClient {
  readonly username: string;
  /** What the broker keeps beside the name, so that we see there whether it is still what we want. */
  readonly mark: string;
  readonly role: string;
  readonly identity: Identity;
  /** Of the token that the broker must be told for it; boards have none. */
  readonly tokenHash?: string;
}

/** Begins the mark of all clients that are ours: a broker may have others, which we leave alone. */
export const markPrefix = 'bramble ';
export const rolePrefixes: readonly string[] = ['bramble-board-', 'bramble-user-'];

/** Changes with the rules of access.ts, so that a broker which was told older ones is told anew. */
const rulesDigest = digest(
  JSON.stringify([
    accessOf({ type: 'node', node: 'node', group: 'group' }),
    accessOf({ type: 'user', name: 'name', role: 'view' }),
  ]),
);

/** The same people and boards that the embedded broker lets in, with the same rights. By name. */
export function wantedClients(table: AuthTable): ReadonlyMap<string, WantedClient> {
  const { users, boards = {} } = table;
  const wanted = new Map<string, WantedClient>();
  for (const [node, serial] of Object.entries(boards)) {
    const group = groupIn(table, node);
    const username = nodeSubject(node, serial);
    const identity = { type: 'node', node, ...(group !== undefined && { group }) } as const;
    const mark = `${markPrefix}${rulesDigest} ${group ?? ''}`;
    wanted.set(username, { username, mark, role: `bramble-board-${node}`, identity });
  }
  for (const { name, role, tokenHash } of users) {
    const identity = { type: 'user', name, role } as const;
    const mark = `${markPrefix}${rulesDigest} ${digest(tokenHash)}`;
    wanted.set(name, { username: name, mark, role: `bramble-user-${name}`, identity, tokenHash });
  }
  return wanted;
}

/** An entry of a role in mosquitto's dynamic security plugin. */
export interface Acl {
  readonly acltype: 'publishClientSend' | 'publishClientReceive' | 'subscribePattern';
  readonly topic: string;
  readonly priority: number;
  readonly allow: boolean;
}

/**
 * What may be heard is checked when somebody subscribes, and again with each message: so whoever loses a right hears no
 * more from that moment on, whatever was subscribed before.
 */
export function aclsOf({ publish, subscribe }: Access): Acl[] {
  const entry = (acltype: Acl['acltype']) => (topic: string) => ({
    acltype,
    topic,
    priority: 0,
    allow: true,
  });
  return [
    ...publish.map(entry('publishClientSend')),
    ...subscribe.map(entry('subscribePattern')),
    ...subscribe.map(entry('publishClientReceive')),
  ];
}

function digest(text: string): string {
  return hashOf(text).slice(0, 12);
}
