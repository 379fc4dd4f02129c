import type { ApiRequest, Verb } from '@bramble/controller/apiserver/request.ts';
import { operator } from '../world/controller-process.ts';
import { namespace } from './pods.ts';

/** Kinds that operators ask for, by plural. */
const groups: Readonly<Record<string, string>> = {
  deployments: 'apps',
  daemonsets: 'apps',
  jobs: 'batch',
};

/** What an operator asks of the API. */
export interface Ask {
  readonly verb: Verb;
  readonly resource: string;
  readonly name?: string | undefined;
  readonly subresource?: 'scale' | 'eviction';
  readonly body?: unknown;
}

export function prefixOf(resource: string): string {
  return resource === 'nodes' ? '/registry/nodes/' : `/registry/${resource}/${namespace}/`;
}

export function requestOf({ verb, resource, name, subresource, body }: Ask, receivedAt: number): ApiRequest {
  return {
    user: operator,
    verb,
    group: groups[resource] ?? '',
    version: 'v1',
    resource,
    subresource,
    namespace: resource === 'nodes' ? undefined : namespace,
    name,
    options: {},
    body,
    ...(verb === 'patch' ? { patchType: 'strategic' as const } : {}),
    receivedAt,
  };
}
