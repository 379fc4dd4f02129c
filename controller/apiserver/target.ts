import { type Kind, kindByPlural, storeKey } from '@bramble/protocol/kinds.ts';
import { usageKind } from '@bramble/protocol/usage-kinds.ts';
import type { ApiRequest } from './request.ts';
import { badRequest, methodNotSupported, notBuilt, unknownResource } from './status.ts';

/** What a request is about. */
export interface Target {
  readonly kind: Kind;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
}

/** Subresources by the kind's plural, with the verbs that each has. `pods/log` is a stream and no part of the pipeline. */
const subresources: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  pods: { binding: ['create'], eviction: ['create'] },
  namespaces: { finalize: ['update'] },
};

/** Parts of a pod that Kubernetes has and Bramble does not have yet, in the words of a person who asks for them. */
const planned: Readonly<Record<string, string>> = {
  proxy: 'proxying to pods',
  ephemeralcontainers: 'ephemeral containers (debug)',
};

const statusVerbs = ['get', 'update', 'patch'];

export function subresourcesOf(kind: Kind): Readonly<Record<string, readonly string[]>> {
  const own = subresources[kind.plural] ?? {};
  return {
    ...own,
    ...(kind.hasScale && { scale: statusVerbs }),
    ...(kind.hasStatus && { status: statusVerbs }),
  };
}

/** Whether a path names a kind that is stored or measured; its subresource and verb are another matter. */
export function isServed(route: Pick<ApiRequest, 'group' | 'version' | 'resource'>): boolean {
  return (
    kindByPlural(route.group, route.resource)?.version === route.version || usageKind(route) !== undefined
  );
}

/** Parts of a pod that are streams: their requests are upgraded, and never come this way. */
const streams = new Set(['exec', 'attach', 'portforward']);

/** @throws StatusError 501 that names what is asked for, where it is planned and not built; 400 for a stream that is asked for as an object */
export function refusePlanned({ resource, subresource }: Pick<ApiRequest, 'resource' | 'subresource'>): void {
  if (resource === 'pods' && subresource !== undefined && streams.has(subresource))
    throw badRequest('Upgrade request required: by WebSocket or SPDY/3.1');
  const what = resource === 'pods' && subresource !== undefined && planned[subresource];
  if (what) throw notBuilt(what);
}

/** 404 for what is not served, 405 for a verb that it does not have, 400 for a namespace too many or too few. */
export function resolveTarget(request: ApiRequest): Target {
  const kind = kindByPlural(request.group, request.resource);
  if (!kind || kind.version !== request.version) throw unknownResource();
  const { subresource } = request;
  const verbs = subresource === undefined ? kind.verbs : subresourcesOf(kind)[subresource];
  if (!verbs) throw unknownResource();
  if (!verbs.includes(request.verb)) throw methodNotSupported(kind, request.verb);
  if (!kind.namespaced && request.namespace !== undefined) throw unknownResource();
  const acrossNamespaces = request.verb === 'list' || request.verb === 'watch';
  if (kind.namespaced && request.namespace === undefined && !acrossNamespaces) {
    throw badRequest(`an empty namespace may not be set during ${request.verb}`);
  }
  return { kind, subresource, namespace: request.namespace };
}

export function keyOf(target: Target, name: string): string {
  return storeKey(target.kind, target.namespace, name);
}
