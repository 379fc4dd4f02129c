import type { EndpointAddress, EndpointSubset } from '@bramble/protocol/schema/types.generated.ts';
import {
  type EndpointsObject,
  endpointsManager,
  endpointsManagerLabel,
  headlessLabel,
  isHeadless,
  type ServiceObject,
} from './objects.ts';
import type { PodEndpoint } from './pod-endpoints.ts';
import { groupedByPorts } from './slices.ts';

/** Kubernetes' own bound of this older form of EndpointSlices. */
const maxAddresses = 1_000;
const overCapacity = 'endpoints.kubernetes.io/over-capacity';

/** The Endpoints object of a Service: what programs read that do not know EndpointSlices. */
export function wantedEndpoints(service: ServiceObject, all: readonly PodEndpoint[]): EndpointsObject {
  const { name, namespace = 'default', labels } = service.metadata;
  const published = service.spec?.publishNotReadyAddresses === true;
  const shown = all.filter(({ terminating }) => !terminating || published);
  const some = shown.slice(0, maxAddresses);
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      namespace,
      labels: {
        ...labels,
        ...(isHeadless(service) && { [headlessLabel]: '' }),
        [endpointsManagerLabel]: endpointsManager,
      },
      ...(shown.length > some.length && { annotations: { [overCapacity]: 'truncated' } }),
    },
    ...(some.length > 0 && { subsets: groupedByPorts(some).map(subsetOf) }),
  };
}

function subsetOf({ ports, members }: ReturnType<typeof groupedByPorts>[number]): EndpointSubset {
  const addresses = (ready: boolean): EndpointAddress[] =>
    members.filter((each) => each.ready === ready).map(addressOf);
  const [good, bad] = [addresses(true), addresses(false)];
  return {
    ...(good.length > 0 && { addresses: good }),
    ...(bad.length > 0 && { notReadyAddresses: bad }),
    ...(ports.length > 0 && {
      ports: ports.map(({ name, ...port }) => ({ ...(name !== '' && { name }), ...port })),
    }),
  };
}

function addressOf({ address, hostname, node, target }: PodEndpoint): EndpointAddress {
  return {
    ip: address,
    ...(hostname !== undefined && { hostname }),
    nodeName: node,
    targetRef: target,
  };
}
