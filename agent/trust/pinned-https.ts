import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { controllerServerName } from '@bramble/protocol/join.ts';
import { explained } from './connection-errors.ts';

const timeoutMs = 20_000;
const answerBytes = 262_144;

/**
 * Fetches the authority's certificate from the TLS chain of a server not yet trusted, and takes it only if its
 * SHA-256 is `pin` (base64url). Nothing is sent before that.
 * @throws BrambleError BRAMBLE_WRONG_CONTROLLER, BRAMBLE_CONTROLLER_UNREACHABLE
 */
export async function fetchPinnedAuthority(url: URL, pin: string): Promise<string> {
  const chain = await peerChain(url);
  const wanted = Buffer.from(pin, 'base64url').toString('hex').toUpperCase();
  const found = chain.find((certificate) => certificate.fingerprint256.replaceAll(':', '') === wanted);
  if (found === undefined)
    throw new BrambleError(
      'BRAMBLE_WRONG_CONTROLLER',
      `${url.host} is not the controller that the token was made by (other authority)`,
    );
  const lines = found.raw.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** PEM texts: how a board proves who it is. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Posts JSON to a server that must prove, by this authority alone, that it is a controller.
 * @throws BrambleError BRAMBLE_CONTROLLER_UNREACHABLE, BRAMBLE_CLOCK_WRONG
 */
export function postJson(
  url: URL,
  ca: string,
  body: unknown,
  client?: ClientCertificate,
): Promise<{ code: number; text: string }> {
  const payload = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    const outgoing = request(
      url,
      {
        ...{ method: 'POST', ca, servername: controllerServerName, headers },
        ...{ timeout: timeoutMs, agent: false, ...client },
      },
      (response) =>
        readText(response).then((text) => resolve({ code: response.statusCode ?? 0, text }), reject),
    );
    outgoing.on('timeout', () => outgoing.destroy(silent(url)));
    outgoing.on('error', (error) => reject(explained(url, error)));
    outgoing.end(payload);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytes) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** As the kernel would say it, much later. */
function silent(url: URL): Error {
  return Object.assign(new Error(`${url.host} does not answer`), { code: 'ETIMEDOUT' });
}

function peerChain(url: URL): Promise<DetailedPeerCertificate[]> {
  const port = Number(url.port || 443);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const untrusted = { servername: controllerServerName, rejectUnauthorized: false };
    const socket = connect({ host, port, ...untrusted, timeout: timeoutMs });
    socket.once('timeout', () => socket.destroy(silent(url)));
    socket.once('error', (error) => reject(explained(url, error)));
    socket.once('secureConnect', () => {
      resolve(chainOf(socket));
      socket.destroy();
    });
  });
}

function chainOf(socket: TLSSocket): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // The root names itself as its issuer.
  while (next?.raw !== undefined && !chain.includes(next)) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}
