import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PodVolumes, VolumeContent } from '../port.ts';
import { ensureHostPath } from './host-path.ts';
import { ensureInMemory, mountTmpfs, unmountUnder } from './mounts.ts';
import { publishFiles } from './published-files.ts';
import { subPathInside } from './sub-path.ts';

export interface DiskVolumesOptions {
  readonly dataDir: string;
  /** Gone after a reboot, such as `runDirectory(dataDir)`. */
  readonly runDir: string;
}

/**
 * `{dataDir}/agent/volumes/{uid}/{name}` for emptyDir on disk. Everything made of ConfigMaps, Secrets and the pod itself lies in
 * memory under `{runDir}/volumes`: secrets must not reach the card, and the rest would only wear it out, since the
 * agent can write it again from its journal after every boot.
 */
export class DiskVolumes implements PodVolumes {
  readonly #disk: string;
  readonly #memory: string;

  constructor(options: DiskVolumesOptions) {
    this.#disk = join(resolve(options.dataDir), 'agent', 'volumes');
    this.#memory = join(resolve(options.runDir), 'volumes');
  }

  async prepare(uid: string, volumes: readonly VolumeContent[]): Promise<ReadonlyMap<string, string>> {
    assertName(uid);
    for (const volume of volumes) assertName(volume.name);
    const paths = new Map<string, string>();
    for (const volume of volumes) paths.set(volume.name, await this.#make(uid, volume));
    return paths;
  }

  subPath(volume: string, subPath: string): Promise<string> {
    return subPathInside(volume, subPath);
  }

  async remove(uid: string): Promise<void> {
    assertName(uid);
    for (const directory of [join(this.#memory, uid), join(this.#disk, uid)]) {
      await unmountUnder(directory);
      await rm(directory, { recursive: true, force: true });
    }
  }

  async list(): Promise<string[]> {
    const names = await Promise.all(
      [this.#memory, this.#disk].map((directory) => readdir(directory).catch(() => [])),
    );
    return [...new Set(names.flat())];
  }

  async #make(uid: string, volume: VolumeContent): Promise<string> {
    if (volume.type === 'host') {
      await ensureHostPath(volume.path, volume.hostPathType);
      return volume.path;
    }
    if (volume.type === 'empty' && volume.medium === 'disk') {
      return openToAll(join(this.#disk, uid, volume.name));
    }
    await ensureInMemory(this.#memory);
    const path = join(this.#memory, uid, volume.name);
    if (volume.type === 'files') await publishFiles(path, volume.files);
    else await this.#emptyInMemory(path, volume.sizeLimitBytes);
    return path;
  }

  /** A file system of its own, since a limit can hold for nothing less. */
  async #emptyInMemory(path: string, sizeLimitBytes: number | undefined): Promise<void> {
    await mkdir(path, { recursive: true });
    await mountTmpfs(path, sizeLimitBytes === undefined ? 'mode=0777' : `mode=0777,size=${sizeLimitBytes}`);
  }
}

/** As a kubelet makes emptyDir: whatever user the container runs as may write. The directories above admit root alone. */
async function openToAll(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o777);
  return path;
}

/** Uids and volume names become parts of paths. */
function assertName(name: string): void {
  if (!/^[0-9A-Za-z][0-9A-Za-z._-]{0,252}$/.test(name)) {
    throw new Error(`not a pod uid or volume name: ${JSON.stringify(name)}`);
  }
}
