/** A kind as discovery, paths and the store know it. `message` is its type in the table of fields. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly hasStatus: boolean;
  /** Has the `scale` subresource: its count is `spec.replicas`. */
  readonly hasScale: boolean;
  readonly verbs: readonly string[];
  readonly message: string;
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

interface KindInput {
  readonly kind: string;
  readonly plural: string;
  readonly message: string;
  readonly group?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced?: boolean;
  readonly hasStatus?: boolean;
  readonly hasScale?: boolean;
  readonly verbs?: readonly string[];
}

function define(input: KindInput): Kind {
  return Object.freeze({
    group: '',
    version: 'v1',
    singular: input.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    hasStatus: false,
    hasScale: false,
    verbs: allVerbs,
    ...input,
  });
}

/** Every kind that is served: one entry each, and its message among the generator's roots. */
export const kinds: readonly Kind[] = Object.freeze([
  define({
    kind: 'Pod',
    plural: 'pods',
    message: 'core.v1.Pod',
    shortNames: ['po'],
    categories: ['all'],
    hasStatus: true,
  }),
  define({
    kind: 'Node',
    plural: 'nodes',
    message: 'core.v1.Node',
    shortNames: ['no'],
    namespaced: false,
    hasStatus: true,
  }),
  define({
    kind: 'Namespace',
    plural: 'namespaces',
    message: 'core.v1.Namespace',
    shortNames: ['ns'],
    namespaced: false,
    hasStatus: true,
    // Kubernetes has no deletecollection here: namespaces are never deleted wholesale.
    verbs: allVerbs.filter((verb) => verb !== 'deletecollection'),
  }),
  define({ kind: 'Event', plural: 'events', message: 'core.v1.Event', shortNames: ['ev'] }),
  define({ kind: 'ConfigMap', plural: 'configmaps', message: 'core.v1.ConfigMap', shortNames: ['cm'] }),
  define({ kind: 'Secret', plural: 'secrets', message: 'core.v1.Secret' }),
  define({
    kind: 'Service',
    plural: 'services',
    message: 'core.v1.Service',
    shortNames: ['svc'],
    categories: ['all'],
    hasStatus: true,
  }),
  define({
    kind: 'Lease',
    plural: 'leases',
    message: 'coordination.v1.Lease',
    group: 'coordination.k8s.io',
  }),
  define({
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    message: 'core.v1.ServiceAccount',
    shortNames: ['sa'],
  }),
  define({ kind: 'Endpoints', plural: 'endpoints', message: 'core.v1.Endpoints', shortNames: ['ep'] }),
  define({
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    message: 'discovery.v1.EndpointSlice',
    group: 'discovery.k8s.io',
  }),
  define({
    kind: 'Deployment',
    plural: 'deployments',
    message: 'apps.v1.Deployment',
    group: 'apps',
    shortNames: ['deploy'],
    categories: ['all'],
    hasStatus: true,
    hasScale: true,
  }),
  define({
    kind: 'ReplicaSet',
    plural: 'replicasets',
    message: 'apps.v1.ReplicaSet',
    group: 'apps',
    shortNames: ['rs'],
    categories: ['all'],
    hasStatus: true,
    hasScale: true,
  }),
  define({
    kind: 'DaemonSet',
    plural: 'daemonsets',
    message: 'apps.v1.DaemonSet',
    group: 'apps',
    shortNames: ['ds'],
    categories: ['all'],
    hasStatus: true,
  }),
  define({
    kind: 'Job',
    plural: 'jobs',
    message: 'batch.v1.Job',
    group: 'batch',
    categories: ['all'],
    hasStatus: true,
  }),
  define({
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    message: 'policy.v1.PodDisruptionBudget',
    group: 'policy',
    shortNames: ['pdb'],
    hasStatus: true,
  }),
]);

const byPlural: ReadonlyMap<string, Kind> = new Map(
  kinds.map((kind) => [`${kind.group}/${kind.plural}`, kind]),
);
const byName: ReadonlyMap<string, Kind> = new Map(
  kinds.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind]),
);

/** `group` is empty for the core group. */
export function kindByPlural(group: string, plural: string): Kind | undefined {
  return byPlural.get(`${group}/${plural}`);
}

/** By what an object says of itself: `('v1', 'Pod')`, `('coordination.k8s.io/v1', 'Lease')`. */
export function kindByName(apiVersion: string, kind: string): Kind | undefined {
  return byName.get(`${apiVersion} ${kind}`);
}

/** `v1`, or `group/version` outside the core group. */
export function apiVersionOf(kind: Kind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** `/registry/pods/default/hello`; without the namespace for a kind that has none. */
export function storeKey(kind: Kind, namespace: string | undefined, name: string): string {
  return `${storePrefix(kind, namespace)}${name}`;
}

/** What the keys of a kind, or of one namespace's share of it, begin with. Ends in `/`. */
export function storePrefix(kind: Kind, namespace?: string): string {
  const all = `/registry/${kind.plural}/`;
  return kind.namespaced && namespace ? `${all}${namespace}/` : all;
}
