import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import type { BrokerCounts } from './counts.ts';
import type { BrokerLimits } from './limits.ts';

/** PEM texts. */
export interface BrokerTls {
  readonly certificate: string;
  readonly key: string;
  /** Whose certificates clients may show. */
  readonly ca: string;
}

export interface ListenOptions {
  /** 0: any free one. */
  readonly port: number;
  /** All addresses unless told, IPv6 and IPv4 where the machine has both. */
  readonly host: string | undefined;
  readonly tls: BrokerTls;
  readonly limits: BrokerLimits;
  readonly counts: BrokerCounts;
  /** Takes over the socket, and its share of `counts.unauthenticated`. */
  readonly onSecure: (socket: TLSSocket, sentMark: () => number) => void;
}

const keepAliveMs = 60_000;

/**
 * Accepts connections, and lets only so many TLS handshakes run at a time: when a whole fleet comes back at once, the
 * boards that are through are served while the others wait their turn.
 */
export class Listener {
  readonly #options: ListenOptions;
  readonly #plain: Server;
  readonly #tls: TlsServer;
  readonly #waiting = new Set<Socket>();
  readonly #open = new Set<Socket>();
  readonly #underWay = new Map<string, Socket>();

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#plain = createServer(
      { pauseOnConnect: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
      (socket) => this.#arrived(socket),
    );
    this.#tls = createTlsServer({
      ...secrets(options.tls),
      minVersion: 'TLSv1.2',
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
    const { limits, counts } = this.#options;
    socket.on('error', () => socket.destroy());
    if (counts.unauthenticated >= limits.unauthenticated || this.#open.size >= limits.connections) {
      counts.shedConnections += 1;
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    this.#waiting.add(socket);
    counts.unauthenticated += 1;
    socket.once('close', () => {
      this.#open.delete(socket);
      if (this.#waiting.delete(socket)) counts.unauthenticated -= 1;
    });
    this.#next();
  }

  #next(): void {
    while (this.#underWay.size < this.#options.limits.handshakes) {
      const [socket] = this.#waiting;
      if (socket === undefined) return;
      this.#waiting.delete(socket);
      this.#shakeHands(socket);
    }
  }

  #shakeHands(socket: Socket): void {
    const endpoint = endpointOf(socket);
    this.#underWay.set(endpoint, socket);
    socket.once('close', () => {
      if (!this.#underWay.delete(endpoint)) return;
      this.#options.counts.failedHandshakes += 1;
      this.#options.counts.unauthenticated -= 1;
      this.#next();
    });
    this.#tls.emit('connection', socket);
  }

  #secured(secure: TLSSocket): void {
    const endpoint = endpointOf(secure);
    const socket = this.#underWay.get(endpoint);
    if (socket === undefined) return void secure.destroy();
    this.#underWay.delete(endpoint);
    this.#options.onSecure(secure, () => queuedBytes(socket));
    this.#next();
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

function secrets({ certificate, key, ca }: BrokerTls): { cert: string; key: string; ca: string } {
  return { cert: certificate, key, ca };
}

function listenOn(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
