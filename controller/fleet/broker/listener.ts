import { constants } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import type { Host } from '@bramble/actors/index.ts';
import { mqttTlsGroups } from '@bramble/protocol/tls.ts';
import type { BrokerCounts } from './counts.ts';
import type { BrokerLimits } from './limits.ts';

/** PEM texts. */
export interface BrokerTls {
  readonly certificate: string;
  readonly key: string;
  /** Whose certificates clients may show. */
  readonly clientAuthority: string;
}

export interface ListenOptions {
  /** 0: any free one. */
  readonly port: number;
  /** All addresses unless told, IPv6 and IPv4 where the machine has both. */
  readonly host: string | undefined;
  readonly tls: BrokerTls;
  readonly limits: BrokerLimits;
  readonly counts: BrokerCounts;
  readonly system: Pick<Host, 'timer' | 'monotonic'>;
  /** Takes over the socket, and its share of `counts.unauthenticated`. */
  readonly onSecure: (socket: TLSSocket, sentMark: () => number) => void;
}

/** A connection that is idle for so long is probed by TCP. */
export const tcpKeepAliveMs = 60_000;
/** A handshake that takes longer waits for its client, or for the processor as all do: the next may begin beside it. */
const turnMs = 10;
/** Connections that the kernel has made and that wait to be taken: a fleet comes back at once, and what is dropped tries again seconds later. */
const backlog = 4_096;
/** Read of a client before its handshake's turn comes: more than its first message, and not much. */
const helloBytes = 4_096;

/**
 * Accepts connections, and lets only so many TLS handshakes run at a time: when a whole fleet comes back at once, the
 * boards that are through are served while the others wait their turn. Who says nothing has no turn, and who says little
 * has a short one, so that a thousand such connections delay nobody (guarantee G8).
 */
export class Listener {
  readonly #options: ListenOptions;
  readonly #plain: Server;
  readonly #tls: TlsServer;
  readonly #open = new Set<Socket>();
  /** Not a byte has come of these, each with what calls off its end. The oldest first, here and below. */
  readonly #silent = new Map<Socket, () => void>();
  /** Each with the moment since when its turn could have come. */
  readonly #waiting = new Map<Socket, number>();
  readonly #underWay = new Map<string, Socket>();
  /** Those under way whose turn it is. */
  readonly #turns = new Map<string, () => void>();

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#plain = createServer(
      {
        pauseOnConnect: true,
        highWaterMark: helloBytes,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: tcpKeepAliveMs,
      },
      (socket) => this.#arrived(socket),
    );
    this.#tls = createTlsServer({
      ...secrets(options.tls),
      minVersion: 'TLSv1.2',
      ecdhCurve: mqttTlsGroups,
      // Tickets to resume a session carry the client's certificate, twice: a whole handshake without them takes fewer bytes.
      secureOptions: constants.SSL_OP_NO_TICKET,
      requestCert: true,
      // Without a certificate a client may still show a name and token.
      rejectUnauthorized: false,
      handshakeTimeout: options.limits.handshakeTimeoutMs,
    });
    this.#tls.on('secureConnection', (socket) => this.#secured(socket));
    this.#tls.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** Answers with the port. @throws the system's error, such as EADDRINUSE */
  async listen(): Promise<number> {
    const { port, host } = this.#options;
    if (host !== undefined) return listenOn(this.#plain, port, host);
    try {
      return await listenOn(this.#plain, port, '::');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
      return listenOn(this.#plain, port, '0.0.0.0');
    }
  }

  /** For handshakes from now on. */
  setTls(tls: BrokerTls): void {
    this.#tls.setSecureContext(secrets(tls));
  }

  close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    return new Promise((resolve) => this.#plain.close(() => resolve()));
  }

  #arrived(socket: Socket): void {
    const { limits, counts, system } = this.#options;
    socket.on('error', () => socket.destroy());
    if (this.#open.size >= limits.connections || !this.#makeRoom()) {
      counts.shedConnections += 1;
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    counts.unauthenticated += 1;
    const cancel = system.timer(limits.handshakeTimeoutMs, () => {
      counts.failedHandshakes += 1;
      socket.destroy();
    });
    this.#silent.set(socket, cancel);
    socket.on('close', () => {
      this.#open.delete(socket);
      if (this.#endSilence(socket) || this.#waiting.delete(socket)) counts.unauthenticated -= 1;
    });
    socket.once('readable', () => this.#heard(socket));
  }

  /** A newcomer may be honest; who has been silent for longest is so least likely. */
  #makeRoom(): boolean {
    const { limits, counts } = this.#options;
    if (counts.unauthenticated < limits.unauthenticated) return true;
    if (this.#sendAwayTheLate()) return true;
    const [oldest] = this.#silent.keys();
    if (oldest === undefined) return false;
    this.#endSilence(oldest);
    counts.unauthenticated -= 1;
    counts.shedConnections += 1;
    oldest.destroy();
    return true;
  }

  #heard(socket: Socket): void {
    // At its end a stream is readable too, with nothing in it.
    if (socket.readableLength === 0) return void socket.destroy();
    if (!this.#endSilence(socket)) return;
    this.#waiting.set(socket, this.#options.system.monotonic());
    this.#next();
  }

  #endSilence(socket: Socket): boolean {
    this.#silent.get(socket)?.();
    return this.#silent.delete(socket);
  }

  #next(): void {
    this.#sendAwayTheLate();
    while (this.#turns.size < this.#options.limits.handshakes) {
      const [socket] = this.#waiting.keys();
      if (socket === undefined) return;
      this.#waiting.delete(socket);
      this.#shakeHands(socket);
    }
  }

  /**
   * A client that has waited for most of its own patience is gone before its handshake is done. In a queue longer than all
   * clients' patience each would be, so that nobody got through at all.
   */
  #sendAwayTheLate(): boolean {
    const { limits, counts, system } = this.#options;
    const latestMs = system.monotonic() - limits.turnTimeoutMs;
    let sent = false;
    for (const [socket, sinceMs] of this.#waiting) {
      if (sinceMs >= latestMs) break;
      this.#waiting.delete(socket);
      counts.unauthenticated -= 1;
      counts.shedConnections += 1;
      socket.destroy();
      sent = true;
    }
    return sent;
  }

  #shakeHands(socket: Socket): void {
    const endpoint = endpointOf(socket);
    const { counts, system } = this.#options;
    this.#underWay.set(endpoint, socket);
    this.#turns.set(
      endpoint,
      system.timer(turnMs, () => this.#turnEnded(endpoint)),
    );
    socket.on('close', () => {
      if (!this.#underWay.delete(endpoint)) return;
      counts.failedHandshakes += 1;
      counts.unauthenticated -= 1;
      this.#turnEnded(endpoint);
    });
    this.#tls.emit('connection', socket);
  }

  #turnEnded(endpoint: string): void {
    this.#turns.get(endpoint)?.();
    if (this.#turns.delete(endpoint)) this.#next();
  }

  #secured(secure: TLSSocket): void {
    const endpoint = endpointOf(secure);
    const socket = this.#underWay.get(endpoint);
    if (socket === undefined) return void secure.destroy();
    this.#underWay.delete(endpoint);
    this.#options.onSecure(secure, () => queuedBytes(socket));
    this.#turnEnded(endpoint);
  }
}

/** What tells one connection to this port from all others. */
function endpointOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

/**
 * Bytes that the kernel has not taken yet. TLS hides this from the socket above it, whose own counter stands still while
 * one large write trickles out; Node shows it nowhere else.
 */
function queuedBytes(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}

function secrets({ certificate, key, clientAuthority }: BrokerTls): {
  cert: string;
  key: string;
  ca: string;
} {
  return { cert: certificate, key, ca: clientAuthority };
}

function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
