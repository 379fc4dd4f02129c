import type { TLSSocket } from 'node:tls';
import type { Host } from '@bramble/actors/index.ts';
import { type Identity, identityKey } from './access.ts';
import type { BrokerCounts } from './counts.ts';
import { ending } from './ending.ts';
import { type AuthTable, stillValid } from './identify.ts';
import type { BrokerLimits } from './limits.ts';
import { newRates, type Rates } from './rates.ts';
import { ReadGuard } from './read-guard.ts';

/** What the broker knows of one connection. */
export interface Session {
  readonly socket: TLSSocket;
  readonly guard: ReadGuard;
  readonly filters: Set<string>;
  /** Tells whether the kernel took more of what was written; grows or stays. */
  readonly sentMark: () => number;
  admitted: Admitted | undefined;
  /** For the stall watch: what was seen last, and when it last changed. */
  progress: { mark: string; atMs: number };
}

export interface Admitted {
  readonly identity: Identity;
  readonly key: string;
  readonly clientId: string;
  /** As `proofOf` has it. */
  readonly proof: string | undefined;
}

export type Admission = 'admitted' | 'client id taken' | 'too many connections';

/** All connections, who they are, and who owns which client id. */
export class Sessions {
  readonly #limits: BrokerLimits;
  readonly #host: Host;
  readonly #counts: BrokerCounts;
  readonly #live = new Set<Session>();
  #moves = 0;
  /** Also for a while after a connection has closed: its will is published then. */
  readonly #bySocket = new WeakMap<object, Session>();
  readonly #byKey = new Map<string, number>();
  /** As many as there are boards and users: the table knows them all. */
  readonly #rates = new Map<string, Rates>();
  readonly #owners = new Map<string, { readonly key: string; connections: number }>();

  constructor(limits: BrokerLimits, host: Host, counts: BrokerCounts) {
    this.#limits = limits;
    this.#host = host;
    this.#counts = counts;
  }

  /** How many connections were opened or closed so far. */
  get moves(): number {
    return this.#moves;
  }

  get all(): Iterable<Session> {
    return this.#live;
  }

  of(socket: object): Session | undefined {
    return this.#bySocket.get(socket);
  }

  open(socket: TLSSocket, sentMark: () => number): Session {
    const session: Session = {
      socket,
      guard: new ReadGuard(socket, this.#limits, this.#host, this.#counts),
      filters: new Set(),
      sentMark,
      admitted: undefined,
      progress: { mark: '', atMs: this.#host.monotonic() },
    };
    this.#bySocket.set(socket, session);
    this.#live.add(session);
    this.#moves += 1;
    this.#counts.connections += 1;
    // `close` comes once; what `once` adds to each of thousands of listeners is not needed.
    socket.on('close', () => this.#close(session));
    return session;
  }

  /** A client id belongs to one identity for as long as one of its connections uses it. */
  admit(session: Session, identity: Identity, clientId: string, proof: string | undefined): Admission {
    const key = identityKey(identity);
    const owner = this.#owners.get(clientId);
    if (owner && owner.key !== key) return 'client id taken';
    const connections = this.#byKey.get(key) ?? 0;
    if (connections >= this.#limits.connectionsPerIdentity) return 'too many connections';
    this.#byKey.set(key, connections + 1);
    if (owner) owner.connections += 1;
    else this.#owners.set(clientId, { key, connections: 1 });
    session.admitted = { identity, key, clientId, proof };
    session.guard.admit(identity.type === 'controller' ? undefined : this.#ratesOf(key));
    this.#counts.unauthenticated -= 1;
    return 'admitted';
  }

  /** Who comes back at once, or on many connections, may send no more than who stays on one. */
  #ratesOf(key: string): Rates {
    const rates = this.#rates.get(key) ?? newRates(this.#limits, this.#host.monotonic());
    this.#rates.set(key, rates);
    return rates;
  }

  /** Disconnects whom the table does not let in any more: all of them, or the board that alone has changed. */
  dropInvalid(table: AuthTable, node?: string): void {
    const only = node === undefined ? undefined : identityKey({ type: 'node', node });
    for (const key of only === undefined ? this.#rates.keys() : [only])
      if (!this.#byKey.has(key)) this.#rates.delete(key);
    if (only !== undefined && !this.#byKey.has(only)) return;
    for (const { admitted, socket } of this.#live) {
      if (!admitted || (only !== undefined && admitted.key !== only)) continue;
      if (stillValid(table, admitted.identity, admitted.proof)) continue;
      this.#rates.delete(admitted.key);
      socket.destroy(ending('no longer allowed'));
    }
  }

  #close(session: Session): void {
    this.#live.delete(session);
    this.#moves += 1;
    this.#counts.connections -= 1;
    this.#counts.subscriptions -= session.filters.size;
    session.filters.clear();
    if (session.admitted) this.#release(session.admitted);
    else this.#counts.unauthenticated -= 1;
  }

  #release({ key, clientId }: Admitted): void {
    const connections = (this.#byKey.get(key) ?? 1) - 1;
    if (connections === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, connections);
    const owner = this.#owners.get(clientId);
    if (owner === undefined) return;
    owner.connections -= 1;
    if (owner.connections === 0) this.#owners.delete(clientId);
  }
}
