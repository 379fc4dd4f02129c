import type { Host } from '@bramble/actors/index.ts';
import { ServiceAllocator } from '../apiserver/services/allocator.ts';
import { addressAt, addressRange, apiServerIndex, clusterDnsIndex } from '../apiserver/services/ranges.ts';
import type { ServiceObject } from '../apiserver/services/shape.ts';
import type { ObjectStore } from '../store/types.ts';

/** What boards must know of the cluster's network as a whole. */
export interface ClusterNetworkSettings {
  readonly serviceCIDR: string;
  readonly clusterDNS: string;
  readonly clusterDomain: string;
}

export const clusterDomain = 'cluster.local';

export function clusterNetworkSettings(serviceCIDR: string): ClusterNetworkSettings {
  return { serviceCIDR, clusterDNS: addressAt(addressRange(serviceCIDR), clusterDnsIndex), clusterDomain };
}

/** By what pods call the API server: its certificate has to say these too. */
export function apiServerNames(serviceCIDR: string): string[] {
  const address = addressAt(addressRange(serviceCIDR), apiServerIndex);
  const name = 'kubernetes.default.svc';
  return [address, 'kubernetes', 'kubernetes.default', name, `${name}.${clusterDomain}`];
}

export function serviceAllocator(
  store: Pick<ObjectStore, 'list'>,
  serviceCIDR: string,
  host: Pick<Host, 'random'>,
): ServiceAllocator {
  return new ServiceAllocator(addressRange(serviceCIDR), {
    services: () => store.list('/registry/services/').map(({ object }) => object as ServiceObject),
    random: () => host.random(),
  });
}
