import type { IncomingMessage, ServerResponse } from 'node:http';
import { bounds } from '../bounds.ts';
import { type Options, optionsOf } from '../options.ts';
import type { UserInfo } from '../request.ts';
import { badRequest, failure, internalError, StatusError, unauthorized, unknownResource } from '../status.ts';
import { findUser, refuseBoards } from './authenticate.ts';
import { countAnswer } from './counts.ts';
import { Documents } from './documents.ts';
import { dropBody } from './drop-body.ts';
import { type Exchange, findExtra, serveExtra } from './extra.ts';
import { createGates, type Gates } from './gate.ts';
import { serveLog } from './log-stream.ts';
import type { HandlerPorts } from './ports.ts';
import { serveResource } from './resources.ts';
import { respond, respondStatus } from './respond.ts';
import { parseResourceRoute, type ResourceRoute } from './route.ts';
import { serveStatic } from './static.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

interface Server {
  readonly ports: HandlerPorts;
  readonly gates: Gates;
  readonly documents: Documents;
}

/** The API server as node:http and node:https take it. It never throws, and answers everything with a Status at least. */
export function createHandler(ports: HandlerPorts, gates: Gates = createGates()): RequestHandler {
  const server = { ports, gates, documents: new Documents() };
  return (request, response) => {
    // Told by what was sent, so that whoever answers need not think of it.
    response.once('close', () => response.headersSent && countAnswer(gates.counts, response.statusCode));
    serve(server, request, response).catch((error: unknown) => fail(ports, request, response, error));
  };
}

async function serve(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const leave = server.gates.requests.enter();
  try {
    const exchange = { request, response, ...parseUrl(request.url ?? '/') };
    if (serveHealth(server.ports, exchange)) return;
    const user = await findUser(server.ports.authenticator, request);
    await serveFor(server, exchange, user);
  } finally {
    leave();
  }
}

/** No user, and nobody at all, takes all the room that there is. */
async function serveFor(server: Server, exchange: Exchange, user: UserInfo | undefined): Promise<void> {
  const { userRequests, strangers } = server.gates;
  const leave = user ? userRequests.enter(user.name) : strangers.enter();
  try {
    await serveKnown(server, exchange, user);
  } finally {
    leave();
  }
}

function parseUrl(url: string): { path: string; query: URLSearchParams } {
  if (url.length > bounds.pathBytes) {
    throw new StatusError(
      failure(414, 'RequestURITooLong', `the URL is longer than ${bounds.pathBytes} bytes`),
    );
  }
  const [path = '/', query = ''] = url.split(/\?(.*)/s, 2);
  return { path: path.length > 1 ? path.replace(/\/$/, '') : path, query: new URLSearchParams(query) };
}

/** For load balancers and `bramble doctor`, which know no token. */
function serveHealth(ports: HandlerPorts, { request, response, path }: Exchange): boolean {
  const base = /^\/(healthz|livez|readyz)(\/|$)/.exec(path)?.[1];
  if (base === undefined) return false;
  const fault = base === 'readyz' ? ports.notReady?.() : undefined;
  const body = fault === undefined ? 'ok' : `not ready: ${fault}\n`;
  respond(request, response, { code: fault === undefined ? 200 : 503, contentType: 'text/plain', body });
  return true;
}

async function serveKnown(server: Server, exchange: Exchange, user: UserInfo | undefined): Promise<void> {
  const { ports } = server;
  const { request, response, path, query } = exchange;
  const extra = findExtra(ports.extraRoutes ?? [], request.method ?? '', path);
  if (extra) return serveExtra(ports, server.gates, exchange, extra, user);
  if (!user) throw new StatusError(unauthorized());
  refuseBoards(user);
  if (serveStatic(ports.version, server.documents, request, response, path)) return;
  const options = optionsOf(query);
  const watch = options['watch'] === 'true' || options['watch'] === '1' || options['watch'] === '';
  const route = parseResourceRoute(request.method ?? 'GET', path, watch);
  if (route === undefined) throw unknownResource();
  if (route === 'method') throw methodNotAllowed();
  if (isLog(route)) return serveLogFor(server, exchange, user, route, options);
  await serveResource(ports, server.gates, { request, response, options }, user, route);
}

function methodNotAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new StatusError(failure(405, 'MethodNotAllowed', message));
}

function isLog(route: ResourceRoute): boolean {
  return (
    route.group === '' && route.resource === 'pods' && route.subresource === 'log' && route.verb === 'get'
  );
}

function serveLogFor(
  { ports, gates }: Server,
  { request, response }: Exchange,
  user: UserInfo,
  route: ResourceRoute,
  options: Options,
): void {
  ports.pipeline.authorize(user, route);
  const { namespace, name } = route;
  if (namespace === undefined || name === undefined) throw badRequest('a log needs a namespace and a pod');
  response.on('close', gates.streams.enter());
  response.on('close', gates.userStreams.enter(user.name));
  response.on(
    'close',
    gates.open.add(user, () => response.destroy()),
  );
  serveLog(ports, request, response, { namespace, name }, options);
}

function fail(ports: HandlerPorts, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof StatusError) {
    void refuse(ports, request, response, error);
    return;
  }
  const fields = { path: request.url, error: error instanceof Error ? error.stack : String(error) };
  ports.host.log({ level: 'error', from: 'apiserver', message: 'a request failed unexpectedly', fields });
  respondStatus(request, response, internalError('the controller’s log says more'));
}

async function refuse(
  { host }: HandlerPorts,
  request: IncomingMessage,
  response: ServerResponse,
  error: StatusError,
): Promise<void> {
  // Whoever was too slow is not waited for any longer.
  if (error.status.code !== 408) await dropBody(request, host);
  // What of the body was not read cannot be told from the next request.
  if (!request.complete) response.setHeader('Connection', 'close');
  respondStatus(request, response, error.status);
}
