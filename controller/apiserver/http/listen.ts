import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { bounds } from '../bounds.ts';
import { countBroken, type HttpCounts, noHttpCounts } from './counts.ts';
import type { RequestHandler } from './handler.ts';
import type { UpgradeHandler } from './streaming/upgrade.ts';

export interface TlsMaterial {
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  /** PEM of the authorities whose client certificates are believed. */
  readonly clientAuthorities: string;
}

export interface ListenOptions extends TlsMaterial {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly timeouts?: Timeouts;
  /** Takes connections that ask for another protocol than HTTP. */
  readonly upgrade?: UpgradeHandler;
  readonly counts?: HttpCounts;
}

export interface Timeouts {
  /** Until a request's head is whole. */
  readonly headMs: number;
  /** Until its body is, too. */
  readonly requestMs: number;
  /** How often the two are looked at. */
  readonly checkMs: number;
}

const defaultTimeouts: Timeouts = {
  headMs: bounds.headTimeoutMs,
  requestMs: bounds.requestTimeoutMs,
  checkMs: 5_000,
};

const streamingPath = /\/(exec|attach|portforward)(\?|$)|^\/mqtt(\?|$)/;

export interface ListeningServer {
  readonly port: number;
  /** New connections get this certificate; those that are open keep theirs. */
  readonly renew: (material: TlsMaterial) => void;
  /** Ends watches and streams too. */
  readonly close: () => Promise<void>;
}

/** Serves HTTPS. Rejects with the system's error, such as EADDRINUSE. */
export function listen(handler: RequestHandler, options: ListenOptions): Promise<ListeningServer> {
  const server = createServer(
    {
      ...tlsOptions(options),
      ...connectionOptions(options.timeouts ?? defaultTimeouts),
      // On any other path an offer to upgrade is passed over (RFC 9110 §7.8).
      shouldUpgradeCallback: ({ url = '' }) => options.upgrade !== undefined && streamingPath.test(url),
    },
    handler,
  );
  server.maxConnections = bounds.connections;
  const upgraded = new Set<Duplex>();
  if (options.upgrade) takeUpgrades(server, options.upgrade, upgraded);
  countRefusals(server, options.counts ?? noHttpCounts());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve(listening(server, upgraded));
    });
  });
}

function connectionOptions({ headMs, requestMs, checkMs }: Timeouts) {
  return {
    headersTimeout: headMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    handshakeTimeout: headMs,
    keepAliveTimeout: bounds.keepAliveMs,
    maxHeaderSize: 32_768,
    noDelay: true,
  };
}

function tlsOptions(material: TlsMaterial) {
  return {
    cert: material.certificate,
    key: material.privateKey,
    ca: material.clientAuthorities,
    minVersion: 'TLSv1.2',
    // Asked for, and judged by the authenticator: users without a certificate come with a token.
    requestCert: true,
    rejectUnauthorized: false,
  } as const;
}

/** What fails before there is a request is the client's affair; Node answers it where it can. */
function countRefusals(server: Server, counts: HttpCounts): void {
  server.on('tlsClientError', (_error, socket) => {
    counts.failedHandshakes += 1;
    socket.destroy();
  });
  server.on('drop', () => {
    counts.shedConnections += 1;
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', (error: NodeJS.ErrnoException) => countBroken(counts, error.code));
  });
}

/** Node's server forgets a connection that was upgraded, and its end would wait for it for ever. */
function takeUpgrades(server: Server, upgrade: UpgradeHandler, upgraded: Set<Duplex>): void {
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    upgrade(request, socket, head);
  });
}

function listening(server: Server, upgraded: ReadonlySet<Duplex>): ListeningServer {
  return {
    port: (server.address() as AddressInfo).port,
    renew: (material) => server.setSecureContext(tlsOptions(material)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
}
