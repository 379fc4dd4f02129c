import type { Causes } from '../causes.ts';
import type { Container, ContainerPort, PodSpec, SecurityContext, Volume } from '../types.generated.ts';
import { validateEnvironment, validateEnvironmentSources } from './environment.ts';
import { dns1123Label, portName } from './names.ts';
import { checkAddress, checkOneOf, checkPort, checkRange, isSet, maxInt32 } from './numbers.ts';
import { validateLifecycle, validateProbe } from './probe.ts';
import { validateResources } from './resources.ts';
import { validateMounts } from './volumes.ts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];

type Volumes = ReadonlyMap<string, Volume>;

export function validateContainers(
  causes: Causes,
  path: string,
  spec: Partial<PodSpec>,
  volumes: Volumes,
): void {
  const containers = spec.containers ?? [];
  if (containers.length === 0) causes.required(path);
  validateNames(causes, path, containers, new Set());
  for (const [at, container] of containers.entries()) {
    validateContainer(causes, `${path}[${at}]`, container, volumes);
    validateProbes(causes, `${path}[${at}]`, container);
  }
  validateHostPorts(causes, path, containers);
}

export function validateInitContainers(
  causes: Causes,
  path: string,
  spec: Partial<PodSpec>,
  volumes: Volumes,
): void {
  const containers = spec.initContainers ?? [];
  const others = new Set((spec.containers ?? []).map((container) => container.name));
  validateNames(causes, path, containers, others);
  for (const [at, container] of containers.entries()) {
    validateContainer(causes, `${path}[${at}]`, container, volumes);
    // One that restarts runs beside the others for the pod's whole life, so it may be probed like them.
    if (container.restartPolicy === 'Always') validateProbes(causes, `${path}[${at}]`, container);
    else forbidProbes(causes, `${path}[${at}]`, container);
  }
}

function validateNames(
  causes: Causes,
  path: string,
  containers: readonly Container[],
  taken: Set<string>,
): void {
  for (const [at, { name }] of containers.entries()) {
    const field = `${path}[${at}].name`;
    if (!name) causes.required(field);
    else causes.invalidEach(field, name, dns1123Label(name));
    if (name && taken.has(name)) causes.duplicate(field, name);
    taken.add(name);
  }
}

function validateContainer(causes: Causes, path: string, container: Container, volumes: Volumes): void {
  validateImage(causes, `${path}.image`, container.image);
  checkOneOf(causes, `${path}.terminationMessagePolicy`, container.terminationMessagePolicy, messagePolicies);
  validatePorts(causes, `${path}.ports`, container.ports ?? []);
  validateEnvironment(causes, `${path}.env`, container.env ?? []);
  validateEnvironmentSources(causes, `${path}.envFrom`, container.envFrom ?? []);
  validateMounts(causes, `${path}.volumeMounts`, container.volumeMounts ?? [], volumes);
  checkOneOf(causes, `${path}.imagePullPolicy`, container.imagePullPolicy, pullPolicies);
  validateResources(causes, `${path}.resources`, container.resources ?? {});
  if (container.securityContext)
    validateSecurity(causes, `${path}.securityContext`, container.securityContext);
}

function validateImage(causes: Causes, field: string, image: string | null | undefined): void {
  if (!image) causes.required(field);
  else if (image.trim() !== image)
    causes.invalid(field, image, 'must not have leading or trailing whitespace');
}

function validateProbes(causes: Causes, path: string, container: Container): void {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  if (lifecycle) validateLifecycle(causes, `${path}.lifecycle`, lifecycle);
  if (livenessProbe) validateProbe(causes, `${path}.livenessProbe`, livenessProbe, true);
  if (readinessProbe) validateProbe(causes, `${path}.readinessProbe`, readinessProbe, false);
  if (startupProbe) validateProbe(causes, `${path}.startupProbe`, startupProbe, true);
}

function forbidProbes(causes: Causes, path: string, container: Container): void {
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[field])
      causes.forbidden(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always');
  }
}

function validatePorts(causes: Causes, path: string, ports: readonly ContainerPort[]): void {
  const names = new Set<string>();
  for (const [at, port] of ports.entries()) {
    const item = `${path}[${at}]`;
    if (port.name) validatePortName(causes, `${item}.name`, port.name, names);
    if (!port.containerPort) causes.required(`${item}.containerPort`);
    else checkPort(causes, `${item}.containerPort`, port.containerPort);
    if (port.hostPort) checkPort(causes, `${item}.hostPort`, port.hostPort);
    if (port.hostIP) checkAddress(causes, `${item}.hostIP`, port.hostIP);
    checkOneOf(causes, `${item}.protocol`, port.protocol, protocols);
  }
}

function validatePortName(causes: Causes, field: string, name: string, taken: Set<string>): void {
  const faults = portName(name);
  causes.invalidEach(field, name, faults);
  if (faults.length === 0 && taken.has(name)) causes.duplicate(field, name);
  taken.add(name);
}

function validateHostPorts(causes: Causes, path: string, containers: readonly Container[]): void {
  const taken = new Set<string>();
  for (const [at, container] of containers.entries()) {
    for (const [portAt, { protocol, hostIP, hostPort }] of (container.ports ?? []).entries()) {
      if (!hostPort) continue;
      const key = `${protocol ?? 'TCP'}/${hostIP ?? ''}/${hostPort}`;
      if (taken.has(key)) causes.duplicate(`${path}[${at}].ports[${portAt}].hostPort`, key);
      taken.add(key);
    }
  }
}

function validateSecurity(causes: Causes, path: string, security: SecurityContext): void {
  for (const field of ['runAsUser', 'runAsGroup'] as const) {
    const id = security[field];
    if (isSet(id)) checkRange(causes, `${path}.${field}`, id, 0, maxInt32);
  }
  if (security.privileged === true && security.allowPrivilegeEscalation === false) {
    causes.invalid(path, security, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
  }
}
