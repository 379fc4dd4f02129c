import type { Verb } from '../request.ts';

/** A path and method that mean an object or a collection. */
export interface ResourceRoute {
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** Parts of a namespace itself, where other kinds' names would stand. */
const namespaceSubresources = new Set(['status', 'finalize']);

/**
 * Reads `/api/v1/…` and `/apis/{group}/{version}/…`. `undefined` for a path that cannot mean a resource;
 * `'method'` for a method that such a path never has. `watch` is what the query says.
 */
export function parseResourceRoute(
  method: string,
  path: string,
  watch: boolean,
): ResourceRoute | 'method' | undefined {
  const parts = splitPath(path);
  if (!parts) return undefined;
  const grouped = parts[0] === 'apis';
  if (!grouped && parts[0] !== 'api') return undefined;
  const [group, version] = grouped ? [parts[1], parts[2]] : ['', parts[1]];
  const rest = parts.slice(grouped ? 3 : 2);
  if (group === undefined || version === undefined || rest.length === 0) return undefined;
  const place = placeOf(rest);
  if (!place) return undefined;
  const verb = verbOf(method, place.name !== undefined, place.subresource !== undefined, watch);
  return verb ? { verb, group, version, ...place } : 'method';
}

/** `undefined` where a part is empty or not validly encoded. */
function splitPath(path: string): string[] | undefined {
  try {
    const parts = path.slice(1).split('/').map(decodeURIComponent);
    return parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('/'))
      ? undefined
      : parts;
  } catch {
    return undefined;
  }
}

function placeOf(parts: readonly string[]) {
  const [first = '', second, third, ...more] = parts;
  const inNamespace = first === 'namespaces' && third !== undefined && !namespaceSubresources.has(third);
  if (!inNamespace) return more.length > 0 ? undefined : placed(undefined, first, second, third);
  const [name, subresource, ...rest] = more;
  return rest.length > 0 ? undefined : placed(second, third, name, subresource);
}

function placed(
  namespace: string | undefined,
  resource: string,
  name: string | undefined,
  subresource: string | undefined,
) {
  return { namespace, resource, name, subresource };
}

function verbOf(method: string, named: boolean, sub: boolean, watch: boolean): Verb | undefined {
  if (method === 'GET' || method === 'HEAD') return named ? 'get' : watch ? 'watch' : 'list';
  if (method === 'POST') return named && !sub ? undefined : 'create';
  if (method === 'DELETE') return named ? 'delete' : 'deletecollection';
  if (!named) return undefined;
  return method === 'PUT' ? 'update' : method === 'PATCH' ? 'patch' : undefined;
}
