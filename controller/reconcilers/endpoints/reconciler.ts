import { storeKey, storePrefix } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { ObjectStore } from '../../store/types.ts';
import type { PodObject } from '../../workloads/objects.ts';
import type { Plan, ReconcilerFactory } from '../queue/reconciler.ts';
import { knownKind } from '../template.ts';
import { listed, versionsOf, watchKind } from '../watch-owned.ts';
import { computeEndpoints } from './compute.ts';
import { type EndpointsObject, type ServiceObject, type SliceObject, serviceNameLabel } from './objects.ts';

const services = knownKind('', 'services');
const pods = knownKind('', 'pods');
const slices = knownKind('discovery.k8s.io', 'endpointslices');
const endpoints = knownKind('', 'endpoints');

/** Keeps EndpointSlices, and Endpoints, of each Service what its pods are: ready ones take traffic. */
export function endpointsOfServices(store: ObjectStore): ReconcilerFactory {
  return () => ({
    watches: [
      watchKind(services),
      {
        prefix: storePrefix(pods),
        keys: (event) => new Set(versionsOf(event).flatMap((pod) => servicesOf(store, pod))),
      },
      { prefix: storePrefix(slices), keys: (event) => versionsOf(event).flatMap(serviceOfSlice) },
      {
        prefix: storePrefix(endpoints),
        keys: ({ stored: { object } }) => [
          storeKey(services, object.metadata.namespace, object.metadata.name),
        ],
      },
    ],
    reconcile(key): Plan {
      const [namespace = '', name = ''] = key.slice(storePrefix(services).length).split('/');
      const service = store.get(key)?.object as ServiceObject | undefined;
      const own = listed<SliceObject>(store, slices, namespace).filter(
        ({ metadata }) => metadata.labels?.[serviceNameLabel] === name,
      );
      const writes = computeEndpoints({
        service,
        pods: listed<PodObject>(store, pods, namespace).filter((pod) => service && selects(service, pod)),
        slices: own,
        endpoints: store.get(storeKey(endpoints, namespace, name))?.object as EndpointsObject | undefined,
      });
      return { writes: writes.map((write) => ({ write })) };
    },
  });
}

function servicesOf(store: ObjectStore, pod: KubeObject): string[] {
  const known = store.list(storePrefix(services, pod.metadata.namespace));
  return known.filter(({ object }) => selects(object as ServiceObject, pod)).map(({ key }) => key);
}

/** Every label of the selector, which is a plain map here; none selects nothing. */
function selects({ spec }: ServiceObject, { metadata }: KubeObject): boolean {
  const wanted = Object.entries(spec?.selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => metadata.labels?.[key] === value);
}

function serviceOfSlice({ metadata }: KubeObject): string[] {
  const name = metadata.labels?.[serviceNameLabel];
  return name === undefined ? [] : [storeKey(services, metadata.namespace, name)];
}
