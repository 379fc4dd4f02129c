import type { Causes } from '../causes.ts';
import type { Pod, PodSpec, Volume } from '../types.generated.ts';
import { validateContainers, validateInitContainers } from './container.ts';
import { validateLabels } from './metadata.ts';
import { dns1123Label, dns1123Subdomain, type NameRule } from './names.ts';
import { checkAddress, checkNotNegative, checkOneOf, checkRange, isSet, maxInt32 } from './numbers.ts';
import { validateAffinity, validateSpread, validateTolerations } from './scheduling.ts';
import { validateVolumes } from './volumes.ts';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

/** `ValidatePodSpec`, as far as it concerns fields that mean something to Bramble or could mislead its user. */
export function validatePod(causes: Causes, pod: Pod): void {
  const spec: Partial<PodSpec> = pod.spec ?? {};
  const volumes: ReadonlyMap<string, Volume> = validateVolumes(causes, 'spec.volumes', spec.volumes ?? []);
  validateContainers(causes, 'spec.containers', spec, volumes);
  validateInitContainers(causes, 'spec.initContainers', spec, volumes);
  validateHostNetwork(causes, spec);
  checkOneOf(causes, 'spec.restartPolicy', spec.restartPolicy, restartPolicies);
  checkOneOf(causes, 'spec.dnsPolicy', spec.dnsPolicy, dnsPolicies);
  validateLabels(causes, 'spec.nodeSelector', spec.nodeSelector);
  validateIdentity(causes, spec);
  validateTimes(causes, spec);
  validateTolerations(causes, 'spec.tolerations', spec.tolerations ?? []);
  validateAffinity(causes, 'spec.affinity', spec.affinity ?? {});
  validateSpread(causes, 'spec.topologySpreadConstraints', spec.topologySpreadConstraints ?? []);
  validateNetworkNames(causes, spec);
}

function validateTimes(causes: Causes, spec: Partial<PodSpec>): void {
  const { activeDeadlineSeconds, terminationGracePeriodSeconds } = spec;
  if (isSet(activeDeadlineSeconds)) {
    checkRange(causes, 'spec.activeDeadlineSeconds', activeDeadlineSeconds, 1, maxInt32);
  }
  checkNotNegative(causes, 'spec.terminationGracePeriodSeconds', terminationGracePeriodSeconds);
}

function validateIdentity(causes: Causes, spec: Partial<PodSpec>): void {
  checkName(causes, 'spec.serviceAccountName', spec.serviceAccountName, dns1123Subdomain);
  checkName(causes, 'spec.nodeName', spec.nodeName, dns1123Subdomain);
  checkName(causes, 'spec.hostname', spec.hostname, dns1123Label);
  checkName(causes, 'spec.subdomain', spec.subdomain, dns1123Label);
  checkName(causes, 'spec.priorityClassName', spec.priorityClassName, dns1123Subdomain);
  for (const field of ['runAsUser', 'runAsGroup', 'fsGroup'] as const) {
    const id = spec.securityContext?.[field];
    if (isSet(id)) checkRange(causes, `spec.securityContext.${field}`, id, 0, maxInt32);
  }
}

function checkName(causes: Causes, field: string, name: string | null | undefined, rule: NameRule): void {
  if (name) causes.invalidEach(field, name, rule(name));
}

function validateHostNetwork(causes: Causes, spec: Partial<PodSpec>): void {
  if (spec.hostNetwork !== true) return;
  for (const [at, container] of (spec.containers ?? []).entries()) {
    for (const [portAt, port] of (container.ports ?? []).entries()) {
      if (!port.hostPort || port.hostPort === port.containerPort) continue;
      const field = `spec.containers[${at}].ports[${portAt}].containerPort`;
      causes.invalid(field, port.containerPort, 'must match `hostPort` when `hostNetwork` is true');
    }
  }
}

function validateNetworkNames(causes: Causes, spec: Partial<PodSpec>): void {
  for (const [at, alias] of (spec.hostAliases ?? []).entries()) {
    const path = `spec.hostAliases[${at}]`;
    checkAddress(causes, `${path}.ip`, alias.ip ?? '');
    for (const hostname of alias.hostnames ?? []) {
      causes.invalidEach(`${path}.hostnames`, hostname, dns1123Subdomain(hostname));
    }
  }
  const servers = spec.dnsConfig?.nameservers ?? [];
  for (const [at, server] of servers.entries())
    checkAddress(causes, `spec.dnsConfig.nameservers[${at}]`, server);
  if (servers.length > 3)
    causes.invalid('spec.dnsConfig.nameservers', servers, 'must not have more than 3 nameservers');
  if (spec.dnsPolicy !== 'None' || servers.length > 0) return;
  if (!spec.dnsConfig) causes.required('spec.dnsConfig', 'must provide `dnsConfig` when `dnsPolicy` is None');
  else {
    const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    causes.required('spec.dnsConfig.nameservers', detail);
  }
}
