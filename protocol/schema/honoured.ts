import type { Kind } from '../kinds.ts';
import { isObject, type JsonObject } from './json.ts';

/** What Bramble keeps but does not act on yet: a path, `[]` for each item of a list, and what that means for a user. */
export interface Unhonoured {
  readonly path: string;
  readonly reason: string;
  /** Values that ask for nothing Bramble does not do anyway. */
  readonly unless?: readonly unknown[];
}

/** All but LoadBalancer. */
const serviceTypes = ['ClusterIP', 'NodePort', 'ExternalName', ''] as const;
const notRun = 'it is kept, and not run yet';
const ignored = 'it is kept, and not honoured yet';

function inContainers(fields: readonly string[], reason: string): readonly Unhonoured[] {
  return fields.map((field) => ({ path: `spec.containers[].${field}`, reason }));
}

function inSpec(fields: readonly string[], reason = ignored): readonly Unhonoured[] {
  return fields.map((field) => ({ path: `spec.${field}`, reason }));
}

/** Sources of volumes that boards can provide; every other one is named in a warning. */
export const honouredVolumes: readonly string[] = [
  'emptyDir',
  'configMap',
  'secret',
  'hostPath',
  'downwardAPI',
  'projected',
];

/** Take an entry out here when the agent or the scheduler honours its field. */
export const unhonoured: Readonly<Record<string, readonly Unhonoured[]>> = {
  'core.v1.Pod': [
    ...inContainers(['lifecycle.stopSignal'], ignored),
    ...inContainers(['volumeDevices', 'resizePolicy', 'restartPolicy', 'restartPolicyRules'], ignored),
    ...inContainers(
      [
        'securityContext.allowPrivilegeEscalation',
        'securityContext.seccompProfile',
        'securityContext.appArmorProfile',
        'securityContext.seLinuxOptions',
        'securityContext.windowsOptions',
        'securityContext.procMount',
      ],
      ignored,
    ),
    ...inSpec(['ephemeralContainers'], notRun),
    ...inSpec([
      'priorityClassName',
      'topologySpreadConstraints',
      'affinity.podAffinity',
      'affinity.podAntiAffinity',
      'runtimeClassName',
      'readinessGates',
      'resourceClaims',
      'resources',
      'setHostnameAsFQDN',
      'securityContext.fsGroup',
      'securityContext.fsGroupChangePolicy',
      'securityContext.supplementalGroups',
      'securityContext.supplementalGroupsPolicy',
      'securityContext.seccompProfile',
      'securityContext.appArmorProfile',
      'securityContext.seLinuxOptions',
      'securityContext.seLinuxChangePolicy',
      'securityContext.sysctls',
      'securityContext.windowsOptions',
    ]),
    { path: 'spec.hostPID', reason: ignored, unless: [false] },
    { path: 'spec.hostIPC', reason: ignored, unless: [false] },
    { path: 'spec.hostUsers', reason: ignored, unless: [true] },
    { path: 'spec.shareProcessNamespace', reason: ignored, unless: [false] },
    { path: 'spec.automountServiceAccountToken', reason: 'no token is mounted yet', unless: [false] },
    { path: 'spec.serviceAccountName', reason: 'no token is mounted yet', unless: ['', 'default'] },
    { path: 'spec.schedulerName', reason: 'Bramble has one scheduler', unless: ['default-scheduler', ''] },
  ],
  'core.v1.Service': [
    ...inSpec([
      'externalIPs',
      'loadBalancerClass',
      'loadBalancerIP',
      'loadBalancerSourceRanges',
      'trafficDistribution',
    ]),
    {
      path: 'spec.type',
      reason: 'nothing outside gives it an address; its node ports work',
      unless: serviceTypes,
    },
  ],
  'apps.v1.DaemonSet': [
    {
      path: 'spec.updateStrategy.rollingUpdate.maxSurge',
      reason: 'an old pod goes before its new one comes',
      unless: [0, '0%'],
    },
  ],
  'batch.v1.Job': inSpec([
    'podFailurePolicy',
    'successPolicy',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
    'managedBy',
  ]),
};

const steppedPaths: ReadonlyMap<string, readonly SteppedPath[]> = new Map(
  Object.entries(unhonoured).map(([message, entries]) => [
    message,
    entries.map((entry) => ({ entry, steps: entry.path.split('.') })),
  ]),
);

interface SteppedPath {
  readonly entry: Unhonoured;
  readonly steps: readonly string[];
}

/** Fields that are set and not honoured, as `path: reason`, for `Warning:` headers. Never throws; at most fifty. */
export function unhonouredFields(kind: Kind, object: unknown): string[] {
  const found: string[] = [];
  for (const { entry, steps } of steppedPaths.get(kind.message) ?? [])
    collect(entry, steps, object, '', found);
  if (kind.message === 'core.v1.Pod') found.push(...volumeSources(object));
  return found.slice(0, maxWarnings);
}

const maxWarnings = 50;

function collect(
  entry: Unhonoured,
  steps: readonly string[],
  value: unknown,
  path: string,
  found: string[],
): void {
  const [step, ...rest] = steps;
  if (value === undefined || value === null || found.length > maxWarnings) return;
  if (step === undefined) {
    if (isSet(value) && !entry.unless?.includes(value)) found.push(`${path}: ${entry.reason}`);
    return;
  }
  if (!isObject(value)) return;
  const name = step.replace('[]', '');
  const at = path === '' ? name : `${path}.${name}`;
  const next = Object.hasOwn(value, name) ? value[name] : undefined;
  if (!step.endsWith('[]')) {
    collect(entry, rest, next, at, found);
    return;
  }
  if (!Array.isArray(next)) return;
  for (const [index, item] of next.entries()) collect(entry, rest, item, `${at}[${index}]`, found);
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value) ? Object.keys(value).length > 0 : value !== '';
}

function volumeSources(pod: unknown): string[] {
  const spec: unknown = isObject(pod) ? pod.spec : undefined;
  const volumes: unknown = isObject(spec) ? spec.volumes : undefined;
  if (!Array.isArray(volumes)) return [];
  return volumes
    .slice(0, maxWarnings)
    .flatMap((volume, at) => (isObject(volume) ? sourcesOf(volume, at) : []));
}

function sourcesOf(volume: JsonObject, at: number): string[] {
  const sources = Object.keys(volume).filter((key) => key !== 'name' && !honouredVolumes.includes(key));
  return sources.map((source) => `spec.volumes[${at}].${source}: boards cannot provide such a volume yet`);
}
