import type { IncomingMessage, ServerResponse } from 'node:http';
import { chooseForm, contentTypeOf } from './accept.ts';
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions } from './discovery.ts';
import { type Documents, protobufPath } from './documents.ts';
import { openApiProtobufType, openApiProtobufWish } from './openapi-protobuf.ts';
import { respond } from './respond.ts';

/** What is the same for everybody: version, discovery, OpenAPI. False for every other path. */
export function serveStatic(
  version: string,
  documents: Documents,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (path.startsWith('/openapi/')) return serveDocument(documents, request, response, path);
  if (path === '/api' || path === '/apis') return serveRoot(request, response, path === '/api');
  const value = path === '/version' ? versionInfo(version) : discoveryAt(path);
  if (value === undefined) return false;
  chooseForm(request.headers.accept, []);
  respond(request, response, { code: 200, contentType: 'application/json', body: JSON.stringify(value) });
  return true;
}

function serveRoot(request: IncomingMessage, response: ServerResponse, core: boolean): boolean {
  const form = chooseForm(request.headers.accept, ['APIGroupDiscoveryList']);
  const plain = core ? apiVersions() : apiGroupList();
  const value = form === 'plain' ? plain : aggregatedDiscovery(core);
  respond(request, response, { code: 200, contentType: contentTypeOf(form), body: JSON.stringify(value) });
  return true;
}

function discoveryAt(path: string): unknown {
  if (path === '/')
    return { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi', '/readyz', '/version'] };
  const [root, group, version, ...more] = path.slice(1).split('/');
  if (more.length > 0 || group === undefined) return undefined;
  if (root === 'api') return version === undefined ? apiResourceList('', group) : undefined;
  if (root !== 'apis') return undefined;
  return version === undefined ? apiGroup(group) : apiResourceList(group, version);
}

function versionInfo(gitVersion: string) {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '',
    goVersion: '',
    compiler: '',
    platform: '',
  };
}

/** A document whose hash the client knows may be kept for ever. */
function serveDocument(
  documents: Documents,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): boolean {
  const protobuf = path === '/openapi/v2' && wantsProtobuf(request);
  const document = documents.at(protobuf ? protobufPath : path);
  if (!document) return false;
  if (!protobuf) chooseForm(request.headers.accept, []);
  response.setHeader('ETag', document.etag);
  if (request.headers['if-none-match'] === document.etag) {
    response.writeHead(304).end();
    return true;
  }
  respond(request, response, { code: 200, ...document });
  return true;
}

/** Under either of its names, and without JSON beside it. */
function wantsProtobuf(request: IncomingMessage): boolean {
  const wishes = (request.headers.accept ?? '').split(',').map((wish) => wish.split(';')[0]?.trim());
  return (
    !wishes.includes('application/json') &&
    [openApiProtobufWish, openApiProtobufType].some((type) => wishes.includes(type))
  );
}
