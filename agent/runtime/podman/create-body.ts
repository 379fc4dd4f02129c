import type { ContainerSpec, Mount } from '../port.ts';
import { completeImageReference } from './image-reference.ts';
import { messageParts } from './termination-message.ts';

/** Marks a container as made by the agent whose instance name is the value. */
export const managedLabel = 'bramble.dev/managed';

const cpuPeriodMicroseconds = 100_000;
/** The kernel refuses a smaller quota. */
const smallestQuotaMicroseconds = 1_000;
const smallestShares = 2;
const largestShares = 262_144;

/** podman's SpecGenerator (`POST /libpod/containers/create`), the part that Bramble uses. */
export function createBody(spec: ContainerSpec, instance: string, messageFile: string) {
  const message = messageParts(spec, messageFile);
  return {
    name: spec.name,
    image: completeImageReference(spec.image),
    entrypoint: spec.command,
    command: spec.args,
    env: Object.fromEntries(spec.env.map(({ name, value }) => [name, value])),
    work_dir: spec.workingDir,
    hostname: spec.hostname,
    labels: { ...spec.labels, ...message.labels, [managedLabel]: instance },
    netns: spec.network === 'host' ? { nsmode: 'host' } : { nsmode: 'path', value: spec.network },
    mounts: [...spec.mounts, ...message.mounts].map(mountBody),
    image_volume_mode: 'anonymous',
    resource_limits: resources(spec),
    oom_score_adj: spec.oomScoreAdjust,
    user: userText(spec),
    privileged: spec.privileged,
    read_only_filesystem: spec.readOnlyRoot,
    cap_add: spec.capabilitiesAdd.map(capability),
    cap_drop: spec.capabilitiesDrop.map(capability),
    stdin: spec.stdin,
    terminal: spec.tty,
    // The agent decides when a container runs again, probes it, and is its only init.
    restart_policy: 'no',
    healthconfig: { Test: ['NONE'] },
    systemd: 'false',
    log_configuration: { driver: 'k8s-file' },
  };
}

function mountBody(mount: Mount) {
  return {
    type: 'bind',
    source: mount.source,
    destination: mount.target,
    options: ['rbind', 'rprivate', mount.readOnly ? 'ro' : 'rw'],
  };
}

function resources(spec: ContainerSpec) {
  const cpu = {
    ...(spec.cpuLimitMilli === undefined
      ? {}
      : { period: cpuPeriodMicroseconds, quota: quotaOf(spec.cpuLimitMilli) }),
    ...(spec.cpuRequestMilli === undefined ? {} : { shares: sharesOf(spec.cpuRequestMilli) }),
  };
  return {
    ...(spec.memoryLimitBytes === undefined ? {} : { memory: memoryOf(spec.memoryLimitBytes) }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(spec.pidsLimit === undefined ? {} : { pids: { limit: spec.pidsLimit } }),
  };
}

/** The limit holds for memory and swap together: Kubernetes gives containers no swap unless told to. */
const memoryOf = (bytes: number) => ({ limit: bytes, swap: bytes });

const quotaOf = (milli: number) =>
  Math.max(smallestQuotaMicroseconds, Math.round((milli * cpuPeriodMicroseconds) / 1000));

const sharesOf = (milli: number) =>
  Math.min(largestShares, Math.max(smallestShares, Math.floor((milli * 1024) / 1000)));

function userText(spec: ContainerSpec): string | undefined {
  if (spec.user === undefined) return spec.group === undefined ? undefined : `0:${spec.group}`;
  return spec.group === undefined ? String(spec.user) : `${spec.user}:${spec.group}`;
}

const capability = (name: string) =>
  name === 'ALL' || name.startsWith('CAP_') ? name : `CAP_${name.toUpperCase()}`;
