import { createHash, timingSafeEqual } from 'node:crypto';
import type { Identity } from './access.ts';

/** Whom the broker lets in. */
export interface AuthTable {
  readonly users: readonly {
    readonly name: string;
    readonly role: 'admin' | 'edit' | 'view';
    /** SHA-256 of the token, lower-case hexadecimal. */
    readonly tokenHash: string;
  }[];
  /** The serial number of the one certificate that is valid for each board. `undefined`: any that the authority signed. */
  readonly boards: Readonly<Record<string, string>> | undefined;
  /** The network groups of boards that are in another than the default one. */
  readonly groups?: Readonly<Record<string, string>>;
}

/** What is so of one board from now on; of one that is let in no more there is no serial number. */
export interface BoardChange {
  readonly node: string;
  readonly serial: string | undefined;
  /** `undefined`: the default one. */
  readonly group: string | undefined;
}

/** A table that changes board by board. Made anew for each of thousands that join, it would cost more the more there are. */
export class LiveAuth implements AuthTable {
  users: AuthTable['users'];
  readonly boards: Record<string, string> | undefined;
  readonly groups: Record<string, string>;

  constructor({ users, boards, groups }: AuthTable) {
    this.users = users;
    this.boards = boards && { ...boards };
    this.groups = { ...groups };
  }

  /** Answers whether it was otherwise before. */
  change(change: BoardChange): boolean {
    const { node, serial, group } = change;
    if (this.boards === undefined) return false;
    const before = Object.hasOwn(this.boards, node) ? this.boards[node] : undefined;
    if (before === serial && groupIn(this, node) === group) return false;
    if (serial === undefined) delete this.boards[node];
    else this.boards[node] = serial;
    if (group === undefined) delete this.groups[node];
    else this.groups[node] = group;
    return true;
  }
}

/** What a TLS connection says of its other end. */
export interface PeerCertificate {
  /** Signed by our authority, and within its dates. */
  readonly trusted: boolean;
  readonly commonName: string;
  /** Upper-case hexadecimal. */
  readonly serial: string;
}

export interface Credentials {
  readonly certificate: PeerCertificate | undefined;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
}

const controllerName = 'system:bramble:controller';
const nodePrefix = 'system:node:';

/** Who this is, or `undefined` for nobody we know. A certificate counts before a name and token. */
export function identify(table: AuthTable, credentials: Credentials): Identity | undefined {
  const { certificate, username, password } = credentials;
  if (certificate) return certificate.trusted ? byCertificate(table, certificate) : undefined;
  return username === undefined || password === undefined ? undefined : byToken(table, username, password);
}

/** What somebody was let in by, to be compared later: the serial number of a certificate, or the hash of a token. */
export function proofOf({ certificate, password }: Credentials): string | undefined {
  if (certificate) return certificate.serial;
  return password && createHash('sha256').update(password).digest('hex');
}

/** Whether the table still lets in who was let in before, by the same proof. */
export function stillValid(table: AuthTable, identity: Identity, proof: string | undefined): boolean {
  if (identity.type === 'controller') return true;
  if (identity.type === 'node') return isBoard(table, identity.node, proof) && inItsGroup(table, identity);
  return table.users.some(
    ({ name, role, tokenHash }) => name === identity.name && role === identity.role && tokenHash === proof,
  );
}

function byCertificate(table: AuthTable, certificate: PeerCertificate): Identity | undefined {
  const { commonName, serial } = certificate;
  if (commonName === controllerName) return { type: 'controller' };
  if (!commonName.startsWith(nodePrefix)) return undefined;
  const node = commonName.slice(nodePrefix.length);
  const group = groupIn(table, node);
  if (!isBoard(table, node, serial)) return undefined;
  return { type: 'node', node, ...(group !== undefined && { group }) };
}

function isBoard({ boards }: AuthTable, node: string, serial: string | undefined): boolean {
  return boards === undefined || (Object.hasOwn(boards, node) && boards[node] === serial);
}

/** A board that was put into another group has to come anew: it may read other topics now. */
function inItsGroup(table: AuthTable, { node, group }: Extract<Identity, { type: 'node' }>): boolean {
  return groupIn(table, node) === group;
}

export function groupIn({ groups = {} }: AuthTable, node: string): string | undefined {
  return Object.hasOwn(groups, node) ? groups[node] : undefined;
}

function byToken(table: AuthTable, username: string, password: Uint8Array): Identity | undefined {
  const given = createHash('sha256').update(password).digest();
  const user = table.users.find((one) => one.name === username);
  // Someone unknown takes as long as someone known with a wrong token.
  const expected = Buffer.from(user?.tokenHash ?? '0'.repeat(64), 'hex');
  if (!timingSafeEqual(given, expected) || user === undefined) return undefined;
  return { type: 'user', name: user.name, role: user.role };
}
