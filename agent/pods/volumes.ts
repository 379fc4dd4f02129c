import { createHash } from 'node:crypto';
import { bytesOf } from '@bramble/protocol/schema/quantity.ts';
import type { Volume } from '@bramble/protocol/schema/types.generated.ts';
import { resolvConfText } from '../dns/resolv-conf.ts';
import type { VolumeContent, VolumeFile } from '../volumes/port.ts';
import type { DesiredPod, PlannedPod, Resolution, VolumeSet } from './desired.ts';
import { usesHostNetwork } from './desired.ts';
import { hostsFile, hostsVolume } from './hosts-file.ts';
import { resolvConfOf, resolvFileName } from './resolv-file.ts';
import { downwardFiles, keyedFiles, projectedFiles } from './volume-files.ts';

const defaultFileMode = 0o644;

/** Works out what the volumes of a pod hold. */
export function withVolumes(desired: DesiredPod): PlannedPod {
  return { ...desired, volumes: volumesOf(desired) };
}

function volumesOf(desired: DesiredPod): Resolution<VolumeSet> {
  const contents: VolumeContent[] = [];
  for (const volume of desired.pod?.spec?.volumes ?? []) {
    const content = contentOf(volume, desired);
    if (!content.ok) {
      const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${content.message}`;
      return { ok: false, message };
    }
    contents.push(content.value);
  }
  const network = networkFiles(desired);
  if (network.length > 0) contents.push({ type: 'files', name: hostsVolume, secret: false, files: network });
  return { ok: true, value: { contents, digest: digestOfContents(contents) } };
}

/** What a pod's containers find in /etc beside their images' files. */
function networkFiles(desired: DesiredPod): VolumeFile[] {
  const resolvConf = resolvConfOf(desired);
  return [
    ...(usesHostNetwork(desired) ? [] : [textFile('hosts', hostsFile(desired))]),
    ...(resolvConf ? [textFile(resolvFileName, resolvConfText(resolvConf))] : []),
  ];
}

function textFile(path: string, text: string): VolumeFile {
  return { path, bytes: Buffer.from(text), mode: defaultFileMode };
}

function contentOf(volume: Volume, desired: DesiredPod): Resolution<VolumeContent> {
  const { name, emptyDir, hostPath } = volume;
  if (emptyDir) {
    const medium = emptyDir.medium === 'Memory' ? 'memory' : 'disk';
    const sizeLimitBytes = emptyDir.sizeLimit === undefined ? undefined : bytesOf(emptyDir.sizeLimit);
    return { ok: true, value: { type: 'empty', name, medium, sizeLimitBytes } };
  }
  if (hostPath) {
    const hostPathType = hostPath.type ?? '';
    return { ok: true, value: { type: 'host', name, path: hostPath.path, hostPathType } };
  }
  const files = filesOf(volume, desired);
  return files.ok ? { ok: true, value: { type: 'files', name, ...files.value } } : files;
}

function filesOf(
  volume: Volume,
  desired: DesiredPod,
): Resolution<{ readonly secret: boolean; readonly files: readonly VolumeFile[] }> {
  const { configMap, secret, downwardAPI, projected } = volume;
  const mode = (source: { readonly defaultMode?: number | undefined }): number =>
    source.defaultMode ?? defaultFileMode;
  if (configMap) {
    const { name, items, optional } = configMap;
    const source = { plural: 'configmaps', name, items, optional } as const;
    return withSecrecy(false, keyedFiles(source, mode(configMap), desired));
  }
  if (secret) {
    const { secretName, items, optional } = secret;
    const source = { plural: 'secrets', name: secretName, items, optional } as const;
    return withSecrecy(true, keyedFiles(source, mode(secret), desired));
  }
  if (downwardAPI) return withSecrecy(false, downwardFiles(downwardAPI.items, mode(downwardAPI), desired));
  if (projected) {
    const secrecy = projected.sources?.some((source) => source.secret !== undefined) === true;
    return withSecrecy(secrecy, projectedFiles(projected.sources, mode(projected), desired));
  }
  const kinds = Object.keys(volume).filter((key) => key !== 'name');
  return { ok: false, message: `volumes of type ${kinds.join(', ')} are not supported` };
}

function withSecrecy(
  secret: boolean,
  files: Resolution<VolumeFile[]>,
): Resolution<{ readonly secret: boolean; readonly files: readonly VolumeFile[] }> {
  return files.ok ? { ok: true, value: { secret, files: files.value } } : files;
}

function digestOfContents(contents: readonly VolumeContent[]): string {
  const hash = createHash('sha256');
  for (const content of contents) {
    if (content.type !== 'files') {
      hash.update(`${JSON.stringify(content)}\n`);
      continue;
    }
    hash.update(`${content.type} ${content.name} ${content.secret} ${content.files.length}\n`);
    for (const { path, mode, bytes } of content.files)
      hash.update(`${path}\0${mode} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}
