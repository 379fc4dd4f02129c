import type { TLSSocket } from 'node:tls';
import type { Host } from '@bramble/actors/index.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { silenceMs } from '@bramble/protocol/silence.ts';
import { Aedes, type AuthenticateError, type Client, type PublishPacket, type Subscription } from 'aedes';
import { RushWatch } from '../../../rush.ts';
import { type Access, accessOf, mayPublish, mayRetain, maySubscribe } from '../access.ts';
import { type BrokerCounts, noCounts } from '../counts.ts';
import { faultOf } from '../ending.ts';
import {
  type AuthTable,
  type BoardChange,
  identify,
  LiveAuth,
  type PeerCertificate,
  proofOf,
} from '../identify.ts';
import type { BrokerLimits } from '../limits.ts';
import { tcpKeepAliveMs } from '../listener.ts';
import { type Session, Sessions } from '../sessions.ts';
import { dropStalled, hasRoom } from '../slow-clients.ts';
import { Emitter } from './emitter.ts';
import { makeNoTableOfIds } from './lean-packets.ts';
import { Persistence } from './persistence.ts';
import { areTexts, noText } from './texts.ts';

/** Where denied publishes go: nobody may subscribe there. */
const nowhere = '$SYS/denied';
const sweepMs = 1_000;
const returnCodes = { identifierRejected: 2, serverUnavailable: 3, badCredentials: 4 } as const;

/** aedes, with rules for who may do what, and bounds on everything that a client can make grow. */
export class Broker {
  readonly counts: BrokerCounts = noCounts();
  readonly sessions: Sessions;
  readonly #limits: BrokerLimits;
  readonly #host: Host;
  readonly #persistence: Persistence;
  readonly #aedes: Aedes;
  #auth: LiveAuth;
  #cancelSweep: () => void = () => {};
  readonly #rush = new RushWatch();
  readonly #onSettled: () => void;
  readonly #blamed = new WeakSet<object>();

  /** @param onSettled called when many clients have come or gone, and it is calm again */
  constructor(auth: AuthTable, limits: BrokerLimits, host: Host, onSettled: () => void = () => {}) {
    this.#auth = new LiveAuth(auth);
    this.#onSettled = onSettled;
    this.#limits = limits;
    this.#host = host;
    this.sessions = new Sessions(limits, host, this.counts);
    this.#persistence = new Persistence(limits, this.counts);
    this.#aedes = new Aedes({
      mq: new Emitter(),
      persistence: this.#persistence,
      concurrency: 0,
      // A slow link may take long to empty its buffer; whether anything moves at all is watched here instead.
      drainTimeout: 3_600_000,
      connectTimeout: limits.connectTimeoutMs,
      maxInflightInbound: limits.inboundQos2,
      maxClientsIdLength: 256,
      preConnect: (client, packet, done) => {
        if (!areTexts([packet.clientId, packet.username, packet.will?.topic])) return done(noText(), false);
        packet.clean = true;
        const session = this.sessions.of(client.conn);
        if (session) bearSilence(session.socket, packet.keepalive ?? 0);
        done(null, session !== undefined);
      },
      authenticate: (client, username, password, done) => {
        const problem = this.#admit(client, username, password);
        if (problem) this.counts.refusedConnections += 1;
        done(problem ?? null, problem === undefined);
      },
      authorizePublish: (client, packet, done) => {
        if (!areTexts([packet.topic])) return done(noText());
        this.#authorizePublish(client, packet);
        done(null);
      },
      authorizeSubscribe: (client, subscription, done) => {
        if (!areTexts([subscription.topic])) return done(noText());
        const granted = this.#authorizeSubscribe(client, subscription);
        done(null, granted ? subscription : null);
      },
      authorizeForward: (client, packet) => (this.#authorizeForward(client) ? packet : null),
    });
  }

  async start(): Promise<void> {
    makeNoTableOfIds();
    this.#aedes.on('clientError', (client, error) => this.#note(client, error));
    this.#aedes.on('connectionError', (client, error) => this.#note(client, error));
    this.#aedes.on('clientReady', (client) => this.#sessionOf(client)?.guard.answered());
    this.#aedes.on('unsubscribe', (filters, client) => this.#unsubscribed(client, filters));
    await this.#aedes.listen();
    this.#sweep();
  }

  /** Takes over a socket whose TLS handshake is done. */
  accept(socket: TLSSocket, sentMark: () => number): void {
    this.sessions.open(socket, sentMark);
    this.#aedes.handle(socket);
  }

  setAuth(auth: AuthTable): void {
    this.#auth = new LiveAuth(auth);
    this.sessions.dropInvalid(this.#auth);
  }

  changeBoard(change: BoardChange): void {
    if (this.#auth.change(change)) this.sessions.dropInvalid(this.#auth, change.node);
  }

  close(): Promise<void> {
    this.#cancelSweep();
    return new Promise((resolve) => this.#aedes.close(() => resolve()));
  }

  #admit(client: Client, username?: string, password?: Uint8Array): AuthenticateError | undefined {
    const session = this.sessions.of(client.conn);
    // aedes asks a turn after the packet came: its sender may have gone, and with it what is known of its certificate.
    if (!session || session.socket.destroyed)
      return refusal('serverUnavailable', 'the connection has closed');
    const credentials = { certificate: peerCertificate(session.socket), username, password };
    const identity = identify(this.#auth, credentials);
    if (identity === undefined) return refusal('badCredentials', 'unknown certificate, user or token');
    const outcome = this.sessions.admit(session, identity, client.id, proofOf(credentials));
    if (outcome === 'client id taken') return refusal('identifierRejected', 'client id of somebody else');
    if (outcome === 'too many connections') return refusal('serverUnavailable', outcome);
    return undefined;
  }

  /** A will comes this way too, when its client has gone. */
  #authorizePublish(client: Client | null, packet: PublishPacket): void {
    const access = client ? accessIn(this.#sessionOf(client)) : undefined;
    if (access === undefined || !mayPublish(access, packet.topic)) return this.#divert(packet);
    this.counts.published += 1;
    if (!packet.retain) return;
    packet.retain = mayRetain(access, packet.topic);
    if (!packet.retain || this.#persistence.canRetain(packet.topic, packet.payload.length)) return;
    packet.retain = false;
    this.counts.unretained += 1;
  }

  /**
   * MQTT 3.1.1 has no way to say no to a publish. Closing the connection makes a client with QoS 1 come back and send
   * the same again, for ever; so it is acknowledged, and goes nowhere.
   */
  #divert(packet: PublishPacket): void {
    this.counts.deniedPublishes += 1;
    packet.topic = nowhere;
    packet.payload = Buffer.alloc(0);
    packet.retain = false;
  }

  #authorizeSubscribe(client: Client, { topic }: Subscription): boolean {
    const session = this.#sessionOf(client);
    const access = accessIn(session);
    const full = session !== undefined && session.filters.size >= this.#limits.subscriptionsPerClient;
    if (session === undefined || access === undefined || full || !maySubscribe(access, topic)) {
      this.counts.deniedSubscriptions += 1;
      return false;
    }
    // Each brings its retained messages, which cost the broker more than the one packet that asks.
    session.guard.charge(this.#persistence.countRetained(topic) / 8);
    if (!session.filters.has(topic)) this.counts.subscriptions += 1;
    session.filters.add(topic);
    return true;
  }

  #authorizeForward(client: Client): boolean {
    const session = this.#sessionOf(client);
    if (session === undefined || !hasRoom(session, this.#limits, this.counts)) return false;
    this.counts.delivered += 1;
    return true;
  }

  #unsubscribed(client: Client, filters: readonly string[]): void {
    const session = this.#sessionOf(client);
    if (!areTexts(filters)) return void client.conn.destroy(noText());
    for (const filter of filters) if (session?.filters.delete(filter)) this.counts.subscriptions -= 1;
  }

  #sessionOf(client: Client): Session | undefined {
    return this.sessions.of(client.conn);
  }

  #note(client: Client, error: Error): void {
    this.#blame(client, error);
    const who = this.#sessionOf(client)?.admitted?.key;
    const fields = { clientId: client.id, ...(who !== undefined && { who }), reason: error.message };
    this.#host.log({ level: 'debug', from: 'broker', message: 'connection ended', fields });
  }

  /** One connection may end with several errors, and is counted once. */
  #blame({ conn }: Client, error: Error): void {
    const fault = faultOf(error);
    if (fault === undefined || this.#blamed.has(conn)) return;
    this.#blamed.add(conn);
    this.counts[fault] += 1;
  }

  #sweep(): void {
    dropStalled(this.sessions, this.#limits, this.counts, this.#host.monotonic());
    if (this.#rush.look(this.counts.connections, this.sessions.moves)) this.#onSettled();
    this.#cancelSweep = this.#host.timer(sweepMs, () => this.#sweep());
  }
}

function accessIn(session: Session | undefined): Access | undefined {
  return session?.admitted && accessOf(session.admitted.identity);
}

/** TCP's own probes end a connection after a minute; one whose keepalive allows more silence is not to end for it. */
function bearSilence(socket: TLSSocket, keepaliveSeconds: number): void {
  const allowedMs = silenceMs(Math.min(keepaliveSeconds, limits.mqttKeepaliveMostSeconds));
  if (allowedMs > tcpKeepAliveMs) socket.setKeepAlive(true, allowedMs);
}

function peerCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerCertificate();
  if (certificate.raw === undefined) return undefined;
  const { CN } = certificate.subject;
  const commonName = typeof CN === 'string' ? CN : '';
  return { trusted: socket.authorized, commonName, serial: certificate.serialNumber.toUpperCase() };
}

function refusal(code: keyof typeof returnCodes, message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode: returnCodes[code] }) as AuthenticateError;
}
