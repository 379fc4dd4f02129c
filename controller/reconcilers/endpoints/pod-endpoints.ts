import type { ObjectReference, ServicePort } from '@bramble/protocol/schema/types.generated.ts';
import type { PodObject } from '../../workloads/objects.ts';
import type { ServiceObject } from './objects.ts';

export interface ResolvedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

/** One pod behind a Service, with the numbers that its own containers give to the Service's ports. */
export interface PodEndpoint {
  readonly address: string;
  readonly ports: readonly ResolvedPort[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node: string;
  readonly hostname: string | undefined;
  readonly target: ObjectReference;
}

/** The pods that stand behind a Service, in order of name: those that have an address and have not ended. */
export function podEndpoints(service: ServiceObject, pods: readonly PodObject[]): PodEndpoint[] {
  return pods
    .flatMap((pod) => endpointOf(service, pod) ?? [])
    .toSorted((one, other) => ((one.target.name ?? '') < (other.target.name ?? '') ? -1 : 1));
}

function endpointOf(service: ServiceObject, pod: PodObject): PodEndpoint | undefined {
  const { name, namespace, uid, deletionTimestamp } = pod.metadata;
  const { phase, podIP, podIPs = [], conditions = [] } = pod.status ?? {};
  const address = [podIP, ...podIPs.map(({ ip }) => ip)].find((each) => each && !each.includes(':'));
  const node = pod.spec?.nodeName;
  if (!address || !node || phase === 'Failed' || phase === 'Succeeded') return undefined;
  const serving = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  const terminating = deletionTimestamp !== undefined;
  const published = service.spec?.publishNotReadyAddresses === true;
  return {
    address,
    ports: (service.spec?.ports ?? []).flatMap((port) => resolve(port, pod) ?? []),
    ready: published || (serving && !terminating),
    serving: published || serving,
    terminating,
    node,
    hostname: hostnameIn(service, pod),
    target: {
      kind: 'Pod',
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
    },
  };
}

/** A port may be named by what the pod's container calls it; a pod without such a port does not serve it. */
function resolve(port: ServicePort, pod: PodObject): ResolvedPort | undefined {
  const protocol = port.protocol ?? 'TCP';
  const wanted = port.targetPort ?? port.port;
  const number = typeof wanted === 'number' ? wanted : containerPort(pod, wanted, protocol);
  if (number === undefined) return undefined;
  const { appProtocol } = port;
  return { name: port.name ?? '', protocol, port: number, ...(appProtocol !== undefined && { appProtocol }) };
}

function containerPort({ spec }: PodObject, name: string, protocol: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const ports = [...(spec?.containers ?? []), ...sidecars].flatMap((container) => container.ports ?? []);
  return ports.find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** A pod has a name of its own below the Service that it calls its subdomain. */
function hostnameIn(service: ServiceObject, { metadata, spec }: PodObject): string | undefined {
  const { hostname, subdomain } = spec ?? {};
  const isOwn = subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace;
  return hostname && isOwn ? hostname : undefined;
}
