import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import { bounds } from '../bounds.ts';
import type { UserInfo } from '../request.ts';
import { StatusError, unauthorized } from '../status.ts';
import type { Gates } from './gate.ts';
import type { ExtraResponse, ExtraRoute, HandlerPorts } from './ports.ts';
import { type BodyBounds, largest, readBody } from './read-body.ts';
import { respond } from './respond.ts';

/** The route of Bramble's own that this path and method have, if any. */
export function findExtra(
  routes: readonly ExtraRoute[],
  method: string,
  path: string,
): ExtraRoute | undefined {
  return routes.find((route) => route.method === method && matches(route.path, path));
}

function matches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

/** A request, its answer, and what the URL says. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
}

const ofStrangers: BodyBounds = { bytes: bounds.strangerBodyBytes, timeoutMs: bounds.strangerTimeoutMs };

export async function serveExtra(
  ports: HandlerPorts,
  gates: Gates,
  { request, response, path, query }: Exchange,
  route: ExtraRoute,
  user: UserInfo | undefined,
): Promise<void> {
  if (!user && !route.anonymous) throw new StatusError(unauthorized());
  const most = user ? largest : ofStrangers;
  const answer = await route.handle({
    method: request.method ?? 'GET',
    path,
    query,
    contentType: request.headers['content-type'],
    ifNoneMatch: request.headers['if-none-match'],
    body: await readBody(request, response, gates.bodies.of(user?.name ?? ''), most, ports.host),
    user,
    remoteAddress: request.socket.remoteAddress ?? '',
    peerCertificate: (request.socket as Partial<TLSSocket>).getPeerX509Certificate?.()?.raw,
  });
  if (typeof answer.body !== 'string' && !(answer.body instanceof Uint8Array)) {
    return stream(response, answer, answer.body);
  }
  const { status: code, contentType, headers = {} } = answer;
  if (typeof answer.body === 'string') {
    return respond(request, response, { code, contentType, body: answer.body, headers });
  }
  response.writeHead(code, { 'Content-Type': contentType, ...headers }).end(answer.body);
}

async function stream(
  response: ServerResponse,
  answer: ExtraResponse,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  response.writeHead(answer.status, { 'Content-Type': answer.contentType, ...answer.headers });
  await pipeline(Readable.from(body), response);
}
