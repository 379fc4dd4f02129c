import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  VolumeProjection,
} from '@bramble/protocol/schema/types.generated.ts';
import type { VolumeFile } from '../volumes/port.ts';
import type { Data, DesiredPod, Resolution } from './desired.ts';
import { fieldValue, resourceValue } from './fields.ts';

type Files = Resolution<VolumeFile[]>;

interface KeyedSource {
  readonly plural: 'configmaps' | 'secrets';
  readonly name: string | undefined;
  readonly items: readonly KeyToPath[] | undefined;
  readonly optional: boolean | undefined;
}

/** The files of a ConfigMap or Secret: all keys, or those that `items` name. */
export function keyedFiles(source: KeyedSource, mode: number, desired: DesiredPod): Files {
  const data = desired.data.get(`${source.plural}/${source.name}`);
  const kind = source.plural === 'configmaps' ? 'configmap' : 'secret';
  if (data === undefined) {
    return source.optional === true
      ? { ok: true, value: [] }
      : { ok: false, message: `${kind} ${JSON.stringify(source.name)} not found` };
  }
  if (!source.items) {
    return { ok: true, value: [...data].map(([path, bytes]) => ({ path, bytes, mode })) };
  }
  return itemFiles(source.items, data, source.optional === true, mode);
}

function itemFiles(items: readonly KeyToPath[], data: Data, optional: boolean, mode: number): Files {
  const files: VolumeFile[] = [];
  for (const item of items) {
    const bytes = data.get(item.key);
    if (bytes !== undefined) files.push({ path: item.path, bytes, mode: item.mode ?? mode });
    else if (!optional) return { ok: false, message: `references non-existent config key: ${item.key}` };
  }
  return { ok: true, value: files };
}

/** The pod's own fields as files. */
export function downwardFiles(
  items: readonly DownwardAPIVolumeFile[] | undefined,
  mode: number,
  desired: DesiredPod,
): Files {
  const files: VolumeFile[] = [];
  for (const item of items ?? []) {
    const value = downwardValue(item, desired);
    if (!value.ok) return value;
    files.push({ path: item.path, bytes: Buffer.from(value.value), mode: item.mode ?? mode });
  }
  return { ok: true, value: files };
}

function downwardValue(item: DownwardAPIVolumeFile, desired: DesiredPod): Resolution<string> {
  if (item.fieldRef) return fieldValue(item.fieldRef.fieldPath, desired);
  const selector = item.resourceFieldRef;
  if (!selector) return { ok: false, message: `downwardAPI item ${item.path} names no field` };
  const container = desired.pod?.spec?.containers.find(({ name }) => name === selector.containerName);
  return resourceValue(selector, container, desired);
}

/** Several sources in one directory; of two with the same path the later wins. */
export function projectedFiles(
  sources: readonly VolumeProjection[] | undefined,
  mode: number,
  desired: DesiredPod,
): Files {
  const files = new Map<string, VolumeFile>();
  for (const source of sources ?? []) {
    const part = projectionFiles(source, mode, desired);
    if (!part.ok) return part;
    for (const file of part.value) files.set(file.path, file);
  }
  return { ok: true, value: [...files.values()] };
}

function projectionFiles(source: VolumeProjection, mode: number, desired: DesiredPod): Files {
  const { configMap, secret, downwardAPI } = source;
  if (configMap) return keyedFiles({ plural: 'configmaps', ...named(configMap) }, mode, desired);
  if (secret) return keyedFiles({ plural: 'secrets', ...named(secret) }, mode, desired);
  if (downwardAPI) return downwardFiles(downwardAPI.items, mode, desired);
  // Bramble hands out no service account tokens yet; a pod that does not use its token runs well without one.
  if (source.serviceAccountToken) return { ok: true, value: [] };
  return { ok: false, message: `projection ${Object.keys(source).join(', ')} is not supported` };
}

function named(source: {
  readonly name?: string | undefined;
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
}): Omit<KeyedSource, 'plural'> {
  return { name: source.name, items: source.items, optional: source.optional };
}
