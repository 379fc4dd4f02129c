import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { ServicePort, ServiceSpec } from '@bramble/protocol/schema/types.generated.ts';

export type ServiceObject = KubeObject & { readonly spec?: ServiceSpec };

/** A Service with these fields of its spec; `undefined` takes a field away. */
export function withSpec(
  service: ServiceObject,
  fields: { readonly [field in keyof ServiceSpec]?: ServiceSpec[field] | undefined },
): ServiceObject {
  const spec = Object.entries({ ...service.spec, ...fields }).filter(([, value]) => value !== undefined);
  return { ...service, spec: Object.fromEntries(spec) as ServiceSpec };
}

export const needsAddress = ({ spec }: ServiceObject): boolean =>
  spec?.type !== 'ExternalName' && spec?.clusterIP !== 'None';

export const needsNodePorts = ({ spec }: ServiceObject): boolean =>
  spec?.type === 'NodePort' ||
  (spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

/**
 * What a client left out of a change it keeps, since it was never its own to say (`patchAllocatedValues`); and what the
 * new type has no use for goes where the client did not set it anew (`dropTypeDependentFields`).
 */
export function carriedOver(old: ServiceObject, changed: ServiceObject): ServiceObject {
  if (!needsAddress(changed)) return withoutPorts(old, withoutAddress(old, changed));
  const kept = needsAddress(old) && !changed.spec?.clusterIP ? withAddressOf(old, changed) : changed;
  return needsNodePorts(kept) ? withPortsOf(old, kept) : withoutPorts(old, kept);
}

function withAddressOf(old: ServiceObject, changed: ServiceObject): ServiceObject {
  return withSpec(changed, { clusterIP: old.spec?.clusterIP, clusterIPs: old.spec?.clusterIPs });
}

function withoutAddress(old: ServiceObject, changed: ServiceObject): ServiceObject {
  if (changed.spec?.type !== 'ExternalName' || changed.spec.clusterIP !== old.spec?.clusterIP) return changed;
  return withSpec(changed, {
    clusterIP: undefined,
    clusterIPs: undefined,
    ipFamilies: undefined,
    ipFamilyPolicy: undefined,
  });
}

function withPortsOf(old: ServiceObject, changed: ServiceObject): ServiceObject {
  if (!needsNodePorts(old)) return changed;
  const before = new Map((old.spec?.ports ?? []).map((port) => [keyOf(port), port.nodePort]));
  const used = new Set((changed.spec?.ports ?? []).map(({ nodePort }) => nodePort));
  const ports = (changed.spec?.ports ?? []).map((port) => {
    const nodePort = before.get(keyOf(port));
    return port.nodePort || !nodePort || used.has(nodePort) ? port : { ...port, nodePort };
  });
  return withSpec(changed, { ports });
}

/** Only numbers that the client did not choose itself just now. */
function withoutPorts(old: ServiceObject, changed: ServiceObject): ServiceObject {
  if (!needsNodePorts(old)) return changed;
  const before = new Set((old.spec?.ports ?? []).map(({ nodePort }) => nodePort));
  const ports = (changed.spec?.ports ?? []).map(({ nodePort, ...port }) =>
    nodePort && !before.has(nodePort) ? { ...port, nodePort } : port,
  );
  const reached = changed.spec?.type === 'LoadBalancer';
  const policy = reached ? {} : { externalTrafficPolicy: undefined };
  return withSpec(changed, { ...(changed.spec?.ports && { ports }), ...policy });
}

const keyOf = ({ protocol = 'TCP', port }: ServicePort): string => `${protocol}/${port}`;
