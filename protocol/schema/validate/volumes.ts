import type { Causes } from '../causes.ts';
import { parseQuantity } from '../quantity.ts';
import type { KeyToPath, Volume, VolumeMount } from '../types.generated.ts';
import { dns1123Label } from './names.ts';
import { isSet } from './numbers.ts';

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** The volumes by name, for what mounts them. */
export function validateVolumes(
  causes: Causes,
  path: string,
  volumes: readonly Volume[],
): ReadonlyMap<string, Volume> {
  const byName = new Map<string, Volume>();
  for (const [at, volume] of volumes.entries()) {
    const item = `${path}[${at}]`;
    if (!volume.name) causes.required(`${item}.name`);
    else causes.invalidEach(`${item}.name`, volume.name, dns1123Label(volume.name));
    if (byName.has(volume.name)) causes.duplicate(`${item}.name`, volume.name);
    validateSource(causes, item, volume);
    byName.set(volume.name, volume);
  }
  return byName;
}

function validateSource(causes: Causes, path: string, volume: Volume): void {
  const sources = Object.entries(volume).filter(([key, value]) => key !== 'name' && isSet(value));
  if (sources.length === 0) causes.required(path, 'must specify a volume type');
  for (const [other] of sources.slice(1))
    causes.forbidden(`${path}.${other}`, 'may not specify more than 1 volume type');
  validateEmptyDir(causes, `${path}.emptyDir`, volume);
  validateHostPath(causes, `${path}.hostPath`, volume);
  const { configMap, secret, downwardAPI } = volume;
  if (configMap) {
    if (!configMap.name) causes.required(`${path}.configMap.name`);
    validateFiles(causes, `${path}.configMap`, configMap.defaultMode, configMap.items);
  }
  if (secret) {
    if (!secret.secretName) causes.required(`${path}.secret.secretName`);
    validateFiles(causes, `${path}.secret`, secret.defaultMode, secret.items);
  }
  if (downwardAPI) {
    checkMode(causes, `${path}.downwardAPI.defaultMode`, downwardAPI.defaultMode);
    for (const [at, item] of (downwardAPI.items ?? []).entries()) {
      checkFilePath(causes, `${path}.downwardAPI.items[${at}].path`, item.path);
    }
  }
}

function validateEmptyDir(causes: Causes, path: string, { emptyDir }: Volume): void {
  const limit = emptyDir?.sizeLimit;
  if (isSet(limit) && parseQuantity(String(limit)).nano < 0n) {
    causes.forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity');
  }
}

function validateHostPath(causes: Causes, path: string, { hostPath }: Volume): void {
  if (!hostPath) return;
  if (!hostPath.path) causes.required(`${path}.path`);
  else checkNoBacksteps(causes, `${path}.path`, hostPath.path);
  const { type } = hostPath;
  if (isSet(type) && !hostPathTypes.includes(type)) causes.notSupported(`${path}.type`, type, hostPathTypes);
}

function validateFiles(
  causes: Causes,
  path: string,
  defaultMode: number | null | undefined,
  items: readonly KeyToPath[] | null | undefined,
): void {
  checkMode(causes, `${path}.defaultMode`, defaultMode);
  for (const [at, item] of (items ?? []).entries()) {
    if (!item.key) causes.required(`${path}.items[${at}].key`);
    checkFilePath(causes, `${path}.items[${at}].path`, item.path);
    checkMode(causes, `${path}.items[${at}].mode`, item.mode);
  }
}

function checkMode(causes: Causes, field: string, mode: number | null | undefined): void {
  if (!isSet(mode) || (mode >= 0 && mode <= 0o777)) return;
  causes.invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}

function checkFilePath(causes: Causes, field: string, path: string | null | undefined): void {
  if (!path) {
    causes.required(field);
    return;
  }
  checkRelative(causes, field, path);
  if (path.startsWith('..') && !path.startsWith('../') && path !== '..') {
    causes.invalid(field, path, "must not start with '..'");
  }
}

function checkRelative(causes: Causes, field: string, path: string): void {
  if (path.startsWith('/')) causes.invalid(field, path, 'must be a relative path');
  checkNoBacksteps(causes, field, path);
}

function checkNoBacksteps(causes: Causes, field: string, path: string): void {
  if (path.split('/').includes('..')) causes.invalid(field, path, "must not contain '..'");
}

/** What a container mounts exists, and nothing is mounted over something else. */
export function validateMounts(
  causes: Causes,
  path: string,
  mounts: readonly VolumeMount[],
  volumes: ReadonlyMap<string, Volume>,
): void {
  const taken = new Set<string>();
  for (const [at, mount] of mounts.entries()) {
    const item = `${path}[${at}]`;
    if (!mount.name) causes.required(`${item}.name`);
    else if (!volumes.has(mount.name)) causes.notFound(`${item}.name`, mount.name);
    if (!mount.mountPath) causes.required(`${item}.mountPath`);
    else if (taken.has(mount.mountPath))
      causes.invalid(`${item}.mountPath`, mount.mountPath, 'must be unique');
    taken.add(mount.mountPath);
    validateSubPath(causes, item, mount);
  }
}

function validateSubPath(causes: Causes, path: string, { subPath, subPathExpr }: VolumeMount): void {
  if (subPath) checkRelative(causes, `${path}.subPath`, subPath);
  if (subPathExpr) checkRelative(causes, `${path}.subPathExpr`, subPathExpr);
  if (subPath && subPathExpr) {
    causes.invalid(`${path}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive');
  }
}
