import { createHash } from 'node:crypto';
import type { Endpoint } from '@bramble/protocol/schema/types.generated.ts';
import { controllerReference } from '../../workloads/owners.ts';
import { knownKind } from '../template.ts';
import {
  type EndpointsObject,
  headlessLabel,
  isHeadless,
  mirrorManager,
  type ServiceObject,
  type SliceObject,
  serviceNameLabel,
  sliceManager,
  sliceManagerLabel,
} from './objects.ts';
import type { PodEndpoint, ResolvedPort } from './pod-endpoints.ts';

/** Kubernetes' own size: a change of one pod sends no more than this many others along. */
const endpointsASlice = 100;
const serviceKind = knownKind('', 'services');

/** The EndpointSlices that say who stands behind a Service. Named by what they hold, so that each look means the same ones. */
export function wantedSlices(service: ServiceObject, endpoints: readonly PodEndpoint[]): SliceObject[] {
  const groups = groupedByPorts(endpoints);
  // Somebody who looks for a Service's slices should find one, also while nobody serves.
  if (groups.length === 0) groups.push({ ports: knownPorts(service), members: [] });
  return groups.flatMap(({ ports, members }) =>
    slicesOf(service, sliceManager, ports, members.map(sliceEndpoint)),
  );
}

/** What pods would serve, as far as they need not be asked for the numbers. */
function knownPorts({ spec }: ServiceObject): ResolvedPort[] {
  return (spec?.ports ?? []).flatMap(({ name, protocol, port, targetPort = port, appProtocol }) =>
    typeof targetPort === 'number'
      ? {
          name: name ?? '',
          protocol: protocol ?? 'TCP',
          port: targetPort,
          ...(appProtocol !== undefined && { appProtocol }),
        }
      : [],
  );
}

/** The same for a Service without selector, whose Endpoints a person or program wrote. */
export function mirroredSlices(service: ServiceObject, { subsets = [] }: EndpointsObject): SliceObject[] {
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const mirrored = [
      ...addresses.map((address) => ({ ...address, ready: true })),
      ...notReadyAddresses.map((address) => ({ ...address, ready: false })),
    ].filter(({ ip }) => !ip.includes(':'));
    const resolved = ports.map(({ name, protocol, port }) => ({
      name: name ?? '',
      protocol: protocol ?? 'TCP',
      port,
    }));
    return slicesOf(
      service,
      mirrorManager,
      resolved,
      mirrored.map(
        ({ ip, hostname, nodeName, targetRef, ready }): Endpoint => ({
          addresses: [ip],
          conditions: { ready },
          ...(hostname !== undefined && { hostname }),
          ...(nodeName !== undefined && { nodeName }),
          ...(targetRef !== undefined && { targetRef }),
        }),
      ),
    );
  });
}

export function groupedByPorts(
  endpoints: readonly PodEndpoint[],
): { readonly ports: readonly ResolvedPort[]; readonly members: PodEndpoint[] }[] {
  const groups = new Map<string, { ports: readonly ResolvedPort[]; members: PodEndpoint[] }>();
  for (const endpoint of endpoints) {
    const key = JSON.stringify(endpoint.ports);
    const group = groups.get(key) ?? { ports: endpoint.ports, members: [] };
    group.members.push(endpoint);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function slicesOf(
  service: ServiceObject,
  manager: string,
  ports: readonly ResolvedPort[],
  endpoints: readonly Endpoint[],
): SliceObject[] {
  const count = Math.max(1, Math.ceil(endpoints.length / endpointsASlice));
  return Array.from({ length: count }, (_, index) => {
    const some = endpoints.slice(index * endpointsASlice, (index + 1) * endpointsASlice);
    const { name, namespace = 'default', labels } = service.metadata;
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `${name}-${suffix(service, manager, ports, index)}`,
        namespace,
        labels: {
          ...labels,
          ...(isHeadless(service) && { [headlessLabel]: '' }),
          [serviceNameLabel]: name,
          [sliceManagerLabel]: manager,
        },
        ownerReferences: [{ ...controllerReference(serviceKind, service) }],
      },
      addressType: 'IPv4',
      endpoints: some,
      ports: ports.map((port) => ({ ...port })),
    };
  });
}

function sliceEndpoint(endpoint: PodEndpoint): Endpoint {
  const { address, ready, serving, terminating, hostname, node, target } = endpoint;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && { hostname }),
    nodeName: node,
    targetRef: target,
  };
}

/** Five letters and digits, as Kubernetes draws them at random. */
function suffix(
  { metadata }: ServiceObject,
  manager: string,
  ports: readonly ResolvedPort[],
  index: number,
): string {
  const words = JSON.stringify([metadata.uid, manager, ports, index]);
  const number = createHash('sha256').update(words).digest().readUIntBE(0, 6);
  return number.toString(36).padStart(5, '0').slice(-5);
}
