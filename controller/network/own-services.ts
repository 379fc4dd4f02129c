import type { Actor, ActorContext, Host } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { jsonEqual } from '@bramble/protocol/schema/json.ts';
import { addressAt, addressRange, apiServerIndex, clusterDnsIndex } from '../apiserver/services/ranges.ts';
import { randomUuid } from '../random-id.ts';
import { serviceNameLabel, skipMirrorLabel, sliceManagerLabel } from '../reconcilers/endpoints/objects.ts';
import type { ObjectStore, StoreEvent } from '../store/types.ts';
import { timestamp } from '../time.ts';

export interface OwnServicesPorts {
  readonly store: ObjectStore;
  readonly serviceCIDR: string;
  /** Where boards reach the API server now; `undefined` where this machine has no address. */
  readonly apiServer: () => { readonly address: string; readonly port: number } | undefined;
}

type Message = { readonly type: 'look' } | { readonly type: 'done'; readonly error: string | undefined };

interface State {
  readonly stopWatches: (() => void)[];
  busy: boolean;
  again: boolean;
}

/** Addresses of this machine change: the API server's endpoint follows within this time. */
const lookEveryMs = 60_000;
const soonMs = 200;

/** Keeps the two Services that every cluster has: `kubernetes`, the API server, and `kube-dns`. */
export function ownServices(ports: OwnServicesPorts): Actor<State, Message> {
  return {
    start(ctx) {
      const onEvents = ctx.listen((_events: readonly StoreEvent[]): Message => ({ type: 'look' }));
      const prefixes = ['/registry/services/default/kubernetes', '/registry/services/kube-system/kube-dns'];
      const stopWatches = prefixes.map((prefix) => {
        const watch = ports.store.watch({ prefix, from: undefined, onEvents });
        if (!watch.ok) throw new Error(`the store refuses to watch ${prefix}`);
        return watch.stop;
      });
      const state = { stopWatches, busy: false, again: false };
      look(ports, state, ctx);
      return state;
    },
    receive(state, message, ctx) {
      if (message.type === 'look') {
        if (state.busy) state.again = true;
        else look(ports, state, ctx);
        return state;
      }
      state.busy = false;
      if (message.error !== undefined)
        ctx.log('warn', 'the cluster’s own Services', { error: message.error });
      ctx.setTimer('look', state.again || message.error !== undefined ? soonMs : lookEveryMs, {
        type: 'look',
      });
      state.again = false;
      return state;
    },
    stopped(state) {
      for (const stop of state.stopWatches) stop();
    },
  };
}

function look(ports: OwnServicesPorts, state: State, ctx: ActorContext<Message>): void {
  state.busy = true;
  const writes = wantedObjects(ports).flatMap((wanted) => writeOf(ports.store, wanted, ctx.host));
  ctx.pipe(
    Promise.all(writes),
    (results): Message => {
      const failed = results.find((result) => !result.ok && result.reason === 'unavailable');
      return { type: 'done', error: failed && !failed.ok ? failed.reason : undefined };
    },
    (error): Message => ({ type: 'done', error: String(error) }),
  );
}

interface Wanted {
  readonly plural: string;
  readonly object: KubeObject;
}

function wantedObjects({ serviceCIDR, apiServer }: OwnServicesPorts): Wanted[] {
  const range = addressRange(serviceCIDR);
  const kubernetes = serviceAt(addressAt(range, apiServerIndex), 'default', 'kubernetes', [
    { name: 'https', protocol: 'TCP', port: 443, targetPort: apiServer()?.port ?? 6443 },
  ]);
  const dns = serviceAt(addressAt(range, clusterDnsIndex), 'kube-system', 'kube-dns', [
    { name: 'dns', protocol: 'UDP', port: 53, targetPort: 53 },
    { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 53 },
  ]);
  const at = apiServer();
  return [kubernetes, dns, ...(at ? apiEndpoints(at.address, at.port) : [])];
}

function serviceAt(clusterIP: string, namespace: string, name: string, ports: readonly object[]): Wanted {
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: labelsOf(name) },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      ports,
    },
    status: { loadBalancer: {} },
  };
  return { plural: 'services', object };
}

function labelsOf(name: string): Record<string, string> {
  return name === 'kubernetes'
    ? { component: 'apiserver', provider: 'kubernetes' }
    : { 'k8s-app': name, 'kubernetes.io/name': 'CoreDNS' };
}

function apiEndpoints(address: string, port: number): Wanted[] {
  const metadata = { name: 'kubernetes', namespace: 'default' };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...metadata,
      labels: { [serviceNameLabel]: 'kubernetes', [sliceManagerLabel]: 'bramble.dev' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', protocol: 'TCP', port }],
  };
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata, labels: { [skipMirrorLabel]: 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  };
  return [
    { plural: 'endpointslices', object: slice },
    { plural: 'endpoints', object: endpoints },
  ];
}

/** Past the API server, which would give the addresses to nobody else either; on condition that nobody wrote between. */
function writeOf(
  store: ObjectStore,
  { plural, object }: Wanted,
  host: Pick<Host, 'now' | 'random'>,
): ReturnType<ObjectStore['commit']>[] {
  const { namespace, name } = object.metadata;
  const key = `/registry/${plural}/${namespace}/${name}`;
  const current = store.get(key);
  const kept = current?.object.metadata ?? { uid: randomUuid(host), creationTimestamp: timestamp(host) };
  const wanted = { ...object, metadata: { ...kept, ...object.metadata } };
  if (current && jsonEqual(wanted, current.object)) return [];
  const conditions = [{ key, revision: current?.revision ?? 0 }];
  return [store.commit({ conditions, writes: [{ type: 'put', key, object: wanted }] })];
}
