import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type Cause, Causes } from '@bramble/protocol/schema/causes.ts';
import type { ServicePort } from '@bramble/protocol/schema/types.generated.ts';
import { failure, invalidObject, StatusError } from '../status.ts';
import type { Target } from '../target.ts';
import type { Reservation, ServiceAllocator } from './allocator.ts';
import { needsAddress, needsNodePorts, type ServiceObject, withSpec } from './shape.ts';

/** An object that is ready to be stored, and what to call when it has been, or could not be. */
export interface Allocated {
  readonly object: KubeObject;
  readonly release: () => void;
}

const nothing = (): void => {};

/** Gives a Service the addresses and ports that it needs and does not have. Throws a StatusError when it cannot. */
export function allocate(
  allocator: ServiceAllocator | undefined,
  { kind, subresource }: Target,
  object: KubeObject,
): Allocated {
  if (!allocator || subresource !== undefined || !isService(kind)) return { object, release: nothing };
  const reservation = allocator.begin(object);
  try {
    const causes = new Causes();
    const addressed = withAddress(object, reservation, causes, kind);
    const whole = withNodePorts(addressed, reservation, causes, kind);
    if (causes.list.length > 0) throw invalid(kind, object, causes.list);
    return { object: whole, release: () => reservation.release() };
  } catch (error) {
    reservation.release();
    throw error;
  }
}

export const isService = ({ group, plural }: Kind): boolean => group === '' && plural === 'services';

function withAddress(
  service: ServiceObject,
  reservation: Reservation,
  causes: Causes,
  kind: Kind,
): ServiceObject {
  const { type, clusterIP, ipFamilies = ['IPv4'], ipFamilyPolicy = 'SingleStack' } = service.spec ?? {};
  if (type === 'ExternalName') return service;
  const families = { ipFamilies, ipFamilyPolicy };
  if (!needsAddress(service)) return withSpec(service, { clusterIPs: ['None'], ...families });
  if (clusterIP) {
    const why = reservation.takeAddress(clusterIP);
    if (why !== undefined) causes.invalid('spec.clusterIPs', [clusterIP], why);
    return withSpec(service, { clusterIPs: [clusterIP], ...families });
  }
  const address = reservation.anyAddress();
  if (address === undefined) throw exhausted(kind, service, 'no address of the Service range is free');
  return withSpec(service, { clusterIP: address, clusterIPs: [address], ...families });
}

function withNodePorts(
  service: ServiceObject,
  reservation: Reservation,
  causes: Causes,
  kind: Kind,
): ServiceObject {
  if (!needsNodePorts(service)) return service;
  const given = service.spec?.ports ?? [];
  for (const [at, { protocol, nodePort }] of given.entries()) {
    if (!nodePort) continue;
    const why = reservation.takePort(protocol, nodePort);
    if (why !== undefined) causes.invalid(`spec.ports[${at}].nodePort`, nodePort, why);
  }
  const ports = given.map((port): ServicePort => {
    if (port.nodePort) return port;
    const nodePort = reservation.anyPort(port.protocol);
    if (nodePort === undefined) throw exhausted(kind, service, 'no node port is free');
    return { ...port, nodePort };
  });
  return withSpec(service, { ports });
}

function invalid(kind: Kind, { metadata }: KubeObject, causes: readonly Cause[]): StatusError {
  return invalidObject(kind, metadata.name, causes);
}

function exhausted({ plural }: Kind, { metadata }: KubeObject, message: string): StatusError {
  const details = { name: metadata.name, kind: plural };
  return new StatusError(failure(500, 'InternalError', `Internal error occurred: ${message}`, details));
}
