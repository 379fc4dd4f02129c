import type { Causes } from '../causes.ts';
import type { Service, ServicePort, ServiceSpec } from '../types.generated.ts';
import { validateLabels } from './metadata.ts';
import { dns1123Label, dns1123Subdomain } from './names.ts';
import { checkAddress, checkOneOf, checkPort, isSet } from './numbers.ts';
import { validatePort } from './probe.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

export function validateService(causes: Causes, service: Service): void {
  const spec: ServiceSpec = service.spec ?? {};
  const ports = spec.ports ?? [];
  checkOneOf(causes, 'spec.type', spec.type, types);
  checkOneOf(causes, 'spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']);
  validateLabels(causes, 'spec.selector', spec.selector);
  if (spec.type === 'ExternalName') {
    const name = (spec.externalName ?? '').replace(/\.$/, '');
    if (name === '') causes.required('spec.externalName');
    else causes.invalidEach('spec.externalName', name, dns1123Subdomain(name));
  } else if (ports.length === 0 && spec.clusterIP !== 'None') {
    causes.required('spec.ports');
  }
  if (spec.clusterIP && spec.clusterIP !== 'None') checkAddress(causes, 'spec.clusterIPs[0]', spec.clusterIP);
  validatePorts(causes, ports);
  validateReach(causes, spec);
}

/** Which traffic reaches a Service from where, by its type. */
function validateReach(causes: Causes, spec: ServiceSpec): void {
  const { type = 'ClusterIP', clusterIP, ports = [] } = spec;
  const isReached = type === 'NodePort' || type === 'LoadBalancer';
  if (isReached && clusterIP === 'None')
    causes.invalid('spec.clusterIPs[0]', clusterIP, `may not be set to 'None' for ${type} services`);
  checkPolicy(causes, 'spec.internalTrafficPolicy', spec.internalTrafficPolicy);
  checkPolicy(causes, 'spec.externalTrafficPolicy', spec.externalTrafficPolicy);
  if (!isReached && spec.externalTrafficPolicy)
    causes.invalid(
      'spec.externalTrafficPolicy',
      spec.externalTrafficPolicy,
      'may only be set for externally-accessible services',
    );
  const taken = new Set<string>();
  for (const [at, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    const path = `spec.ports[${at}].nodePort`;
    if (!isReached) causes.forbidden(path, `may not be used when \`type\` is '${type}'`);
    const key = `${protocol ?? 'TCP'}/${nodePort}`;
    if (taken.has(key)) causes.duplicate(path, nodePort);
    taken.add(key);
  }
}

function checkPolicy(causes: Causes, path: string, policy: string | undefined): void {
  if (policy) checkOneOf(causes, path, policy, ['Cluster', 'Local']);
}

function validatePorts(causes: Causes, ports: readonly ServicePort[]): void {
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const [at, port] of ports.entries()) {
    const path = `spec.ports[${at}]`;
    validatePortName(causes, `${path}.name`, port.name, ports.length > 1, names);
    checkPort(causes, `${path}.port`, port.port ?? 0);
    checkOneOf(causes, `${path}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']);
    if (isSet(port.targetPort)) validatePort(causes, `${path}.targetPort`, port.targetPort);
    const key = `${port.protocol ?? 'TCP'}/${port.port}`;
    if (numbers.has(key)) causes.duplicate(path, port);
    numbers.add(key);
  }
}

function validatePortName(
  causes: Causes,
  field: string,
  name: string | null | undefined,
  required: boolean,
  taken: Set<string>,
): void {
  if (!name) {
    if (required) causes.required(field);
    return;
  }
  causes.invalidEach(field, name, dns1123Label(name));
  if (taken.has(name)) causes.duplicate(field, name);
  taken.add(name);
}
