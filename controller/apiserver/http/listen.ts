import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { bounds } from '../bounds.ts';
import type { RequestHandler } from './handler.ts';

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
    { ...tlsOptions(options), ...connectionOptions(options.timeouts ?? defaultTimeouts) },
    handler,
  );
  server.maxConnections = bounds.connections;
  // Handshakes that fail are the client's affair.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve(listening(server));
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

function listening(server: Server): ListeningServer {
  return {
    port: (server.address() as AddressInfo).port,
    renew: (material) => server.setSecureContext(tlsOptions(material)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
