import { type Kind, kinds } from '@bramble/protocol/kinds.ts';
import { usageKinds } from '@bramble/protocol/usage-kinds.ts';
import { subresourcesOf } from '../target.ts';
import { reviews } from '../verbs/reviews.ts';

/** A resource as both forms of discovery tell it. */
interface Resource {
  readonly group: string;
  readonly version: string;
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
}

interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** Of the body, where it is another than the resource's own. */
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
}

/** Bodies of subresources that are a kind of their own. */
const bodies: Readonly<Record<string, Subresource['responseKind']>> = {
  binding: { group: '', version: 'v1', kind: 'Binding' },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
  exec: { group: '', version: 'v1', kind: 'PodExecOptions' },
  attach: { group: '', version: 'v1', kind: 'PodAttachOptions' },
  portforward: { group: '', version: 'v1', kind: 'PodPortForwardOptions' },
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
};

/** Parts of a pod that are no objects. */
const podStreams: readonly (readonly [string, readonly string[]])[] = [
  ['attach', ['create', 'get']],
  ['exec', ['create', 'get']],
  ['log', ['get']],
  ['portforward', ['create', 'get']],
];

function resources(): readonly Resource[] {
  const computed = reviews.map((review) => ({
    ...review,
    name: review.plural,
    namespaced: false,
    verbs: ['create'],
    shortNames: [],
    categories: [],
    subresources: [],
  }));
  const measured = usageKinds.map((kind) => ({ ...kind, name: kind.plural, subresources: [] }));
  return [...kinds.map(resourceOf), ...computed, ...measured];
}

function resourceOf(kind: Kind): Resource {
  const own = { group: kind.group, version: kind.version, kind: kind.kind };
  const named = Object.entries(subresourcesOf(kind));
  const streams = kind.plural === 'pods' ? podStreams : [];
  const subresources = [...named, ...streams].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    ...kind,
    name: kind.plural,
    verbs: [...kind.verbs].sort(),
    subresources: subresources.map(([name, verbs]) => ({
      name,
      verbs: [...verbs],
      responseKind: bodies[name] ?? own,
    })),
  };
}

function versionsOf(group: string): string[] {
  return [
    ...new Set(
      resources()
        .filter((one) => one.group === group)
        .map(({ version }) => version),
    ),
  ];
}

function groups(): string[] {
  return [...new Set(resources().map(({ group }) => group))].filter((group) => group !== '');
}

/** `GET /api` */
export function apiVersions() {
  return { kind: 'APIVersions', versions: versionsOf(''), serverAddressByClientCIDRs: [] };
}

/** `GET /apis` */
export function apiGroupList() {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupEntry) };
}

/** `GET /apis/{group}`; `undefined` for a group that is not served. */
export function apiGroup(group: string) {
  return groups().includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) } : undefined;
}

function groupEntry(name: string) {
  const versions = versionsOf(name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

/** `GET /api/v1` and `GET /apis/{group}/{version}`; `undefined` for what is not served. */
export function apiResourceList(group: string, version: string) {
  const served = resources().filter((one) => one.group === group && one.version === version);
  if (served.length === 0) return undefined;
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: served.flatMap(entries) };
}

function entries(resource: Resource) {
  const { name, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  const own = {
    name,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  };
  return [own, ...resource.subresources.map((part) => subresourceEntry(resource, part))];
}

function subresourceEntry({ name, namespaced, kind }: Resource, part: Subresource) {
  const { group, version } = part.responseKind;
  const other = part.responseKind.kind === kind ? {} : { ...(group ? { group } : {}), version };
  return {
    name: `${name}/${part.name}`,
    singularName: '',
    namespaced,
    ...other,
    kind: part.responseKind.kind,
    verbs: part.verbs,
  };
}

/** `APIGroupDiscoveryList` (apidiscovery.k8s.io/v2), of `/api` or of `/apis`. */
export function aggregatedDiscovery(core: boolean) {
  const names = core ? [''] : groups();
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: names.map((name) => ({
      metadata: name === '' ? {} : { name },
      versions: versionsOf(name).map((version) => ({
        version,
        freshness: 'Current',
        resources: resources()
          .filter((one) => one.group === name && one.version === version)
          .map(aggregatedEntry),
      })),
    })),
  };
}

function aggregatedEntry(resource: Resource) {
  const { group, version, kind, name, singular, namespaced, verbs, shortNames, categories } = resource;
  const scope = namespaced ? 'Namespaced' : 'Cluster';
  return {
    resource: name,
    responseKind: { group, version, kind },
    scope,
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(resource.subresources.length > 0
      ? {
          subresources: resource.subresources.map((part) => ({
            subresource: part.name,
            responseKind: part.responseKind,
            verbs: part.verbs,
          })),
        }
      : {}),
  };
}
