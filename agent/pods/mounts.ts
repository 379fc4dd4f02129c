import { posix } from 'node:path';
import type { Container, VolumeMount } from '@bramble/protocol/schema/types.generated.ts';
import type { Mount } from '../runtime/port.ts';
import type { PodVolumes } from '../volumes/port.ts';
import { type DesiredPod, type Resolution, usesHostNetwork } from './desired.ts';
import { expand } from './expand.ts';
import { hostsVolume } from './hosts-file.ts';
import { resolvConfOf, resolvFileName } from './resolv-file.ts';

const hostsTarget = '/etc/hosts';
const resolvTarget = '/etc/resolv.conf';

/** A mount of which only the volume is known yet: where the path inside leads, the disk must say. */
export interface PlannedMount extends Mount {
  /** Below `source`; empty for the whole volume. */
  readonly subPath: string;
}

/** What the runtime is to mount. @throws OutsideVolume */
export function resolveMounts(
  mounts: readonly PlannedMount[],
  volumes: Pick<PodVolumes, 'subPath'>,
): Promise<Mount[]> {
  return Promise.all(
    mounts.map(async ({ subPath, ...mount }) =>
      subPath === '' ? mount : { ...mount, source: await volumes.subPath(mount.source, subPath) },
    ),
  );
}

/** A container's mounts on host paths, its /etc/hosts and /etc/resolv.conf among them. */
export function mountsOf(
  container: Container,
  desired: DesiredPod,
  volumePaths: ReadonlyMap<string, string>,
  environment: ReadonlyMap<string, string>,
): Resolution<readonly PlannedMount[]> {
  const mounts: PlannedMount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const made = mountOf(mount, desired, volumePaths, environment);
    if (!made.ok) return made;
    mounts.push(made.value);
  }
  mounts.push(...networkMounts(mounts, desired, volumePaths));
  return { ok: true, value: mounts };
}

/** /etc/hosts and /etc/resolv.conf, unless the container brings a volume for them. */
function networkMounts(
  others: readonly PlannedMount[],
  desired: DesiredPod,
  volumePaths: ReadonlyMap<string, string>,
): PlannedMount[] {
  const source = volumePaths.get(hostsVolume);
  if (source === undefined) return [];
  const files = [
    ...(usesHostNetwork(desired) ? [] : [{ name: 'hosts', target: hostsTarget }]),
    ...(resolvConfOf(desired) ? [{ name: resolvFileName, target: resolvTarget }] : []),
  ];
  return files
    .filter(({ target }) => !others.some((mount) => mount.target === target))
    .map(({ name, target }) => ({
      source: posix.join(source, name),
      subPath: '',
      target,
      readOnly: false,
    }));
}

function mountOf(
  mount: VolumeMount,
  desired: DesiredPod,
  volumePaths: ReadonlyMap<string, string>,
  environment: ReadonlyMap<string, string>,
): Resolution<PlannedMount> {
  const path = volumePaths.get(mount.name);
  if (path === undefined)
    return { ok: false, message: `volume ${JSON.stringify(mount.name)} is not there to be mounted` };
  const subPath = mount.subPathExpr ? expand(mount.subPathExpr, environment) : (mount.subPath ?? '');
  if (subPath.startsWith('/') || subPath.split('/').includes('..'))
    return { ok: false, message: `subPath ${JSON.stringify(subPath)} is not inside the volume` };
  const readOnly = mount.readOnly === true || isReadOnlyByNature(mount.name, desired);
  return { ok: true, value: { source: path, subPath, target: mount.mountPath, readOnly } };
}

/** What Kubernetes writes itself, a container cannot write to. */
function isReadOnlyByNature(name: string, desired: DesiredPod): boolean {
  const volume = desired.pod?.spec?.volumes?.find((candidate) => candidate.name === name);
  return [volume?.configMap, volume?.secret, volume?.downwardAPI, volume?.projected].some(Boolean);
}
