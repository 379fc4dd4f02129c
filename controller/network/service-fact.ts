import type { NetworkEndpoint, NetworkService } from '@bramble/protocol/messages/network.ts';
import type { Endpoint } from '@bramble/protocol/schema/types.generated.ts';
import type { ServiceObject, SliceObject } from '../reconcilers/endpoints/objects.ts';

/** A Service as the boards of one group need it; the order is added by whoever states it. */
export type ServiceFact = Omit<NetworkService, 'fence'>;

type Protocol = NetworkService['ports'][number]['protocol'];
type State = 'ready' | 'ending' | 'away';

/**
 * What boards of `group` must know of a Service. Endpoints on boards of other groups are left out: they cannot be
 * reached. Those that are ready take calls; where there is none, those that still serve while they end.
 */
export function serviceFact(
  service: ServiceObject,
  slices: readonly SliceObject[],
  group: string,
  groupOf: (node: string) => string | undefined,
): ServiceFact {
  const { metadata, spec = {} } = service;
  const here = (endpoint: Endpoint): boolean =>
    endpoint.nodeName === undefined || groupOf(endpoint.nodeName) === group;
  const reachable = slices
    .filter(({ addressType }) => addressType === 'IPv4')
    .map(({ ports = [], endpoints = [] }) => ({ ports, endpoints: endpoints.filter(here) }));
  const anyReady = reachable.some(({ endpoints }) => endpoints.some((each) => stateOf(each) === 'ready'));
  const wanted: State = anyReady ? 'ready' : 'ending';
  const isExternal = spec.type === 'ExternalName';
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    clusterIPs: isExternal || spec.clusterIP === 'None' || !spec.clusterIP ? [] : [spec.clusterIP],
    ...(isExternal && { externalName: spec.externalName ?? '' }),
    clientAffinity: spec.sessionAffinity === 'ClientIP',
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: spec.externalTrafficPolicy === 'Local',
    ports: (spec.ports ?? []).map(({ name, protocol, port, nodePort }) => ({
      name: name ?? '',
      protocol: protocolOf(protocol),
      port,
      ...(nodePort && { nodePort }),
    })),
    backends: reachable.flatMap(({ ports, endpoints }) => {
      const taking = endpoints.filter((each) => stateOf(each) === wanted).flatMap(endpointsOf);
      if (taking.length === 0) return [];
      const served = ports.flatMap(({ name, protocol, port }) =>
        port ? [{ name: name ?? '', protocol: protocolOf(protocol), port }] : [],
      );
      return [{ ports: served, endpoints: taking }];
    }),
  };
}

/** Unknown readiness counts as readiness (discovery/v1 EndpointConditions). */
function stateOf({ conditions }: Endpoint): State {
  if (conditions?.ready ?? true) return 'ready';
  return conditions?.serving === true && conditions.terminating === true ? 'ending' : 'away';
}

function endpointsOf({ addresses, nodeName, hostname }: Endpoint): NetworkEndpoint[] {
  return addresses.slice(0, 1).map((address) => ({
    address,
    ...(nodeName !== undefined && { node: nodeName }),
    ...(hostname && { hostname }),
  }));
}

const protocolOf = (text: string | undefined): Protocol => (text === 'UDP' || text === 'SCTP' ? text : 'TCP');
