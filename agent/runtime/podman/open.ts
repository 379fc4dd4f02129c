import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import type { LogEntry } from '@bramble/actors/host.ts';
import { memoryLimitsOff } from '@bramble/protocol/memory-limits.ts';
import { bootId } from '../../board/linux/boot-id.ts';
import type { ContainerRuntime } from '../port.ts';
import { arrivals } from './arrivals.ts';
import { podmanClient } from './client.ts';
import { discardArrivals, discardTorn } from './discard-torn.ts';
import { discardPidFiles } from './exec-once.ts';
import { ensureHelloImage } from './hello-image.ts';
import { imageIdOf } from './image-id.ts';
import { canLimitMemory } from './memory-cgroup.ts';
import { chooseSettings, writeSettings } from './oci-runtime.ts';
import { kernelOomEvidence } from './oom-evidence.ts';
import { PodmanRuntime } from './runtime.ts';
import { podmanService } from './service.ts';
import { containersConf, hardLimits, podmanPaths, type Settings, storageConf } from './settings.ts';
import { StorageSync } from './storage-sync.ts';

export interface PodmanOptions {
  readonly dataDir: string;
  readonly log: (entry: LogEntry) => void;
  /** Images of the machine's own podman, read-only; used where it can be read. */
  readonly sharedImageStore?: string | undefined;
}

const machineImageStore = '/var/lib/containers/storage';

/**
 * Finds out how containers run here, starts podman's service or finds the one that an earlier agent left, throws away
 * what a power cut tore, and sees to the hello image. The machine's own podman configuration is neither read nor changed.
 * @throws BrambleError BRAMBLE_NO_RUNTIME, RuntimeError `unavailable`.
 */
export async function openPodman(options: PodmanOptions): Promise<ContainerRuntime> {
  const paths = podmanPaths(options.dataDir);
  await mkdir(paths.root, { recursive: true, mode: 0o700 });
  await mkdir(paths.run, { recursive: true, mode: 0o700 });
  await discardPidFiles(paths.run);
  const shared = options.sharedImageStore ?? machineImageStore;
  const settings = await chooseSettings(paths, await machineFacts(), existsSync(shared) ? shared : undefined);
  const service = podmanService(paths);
  if (await differs(paths, settings)) {
    // A service that runs has read other settings.
    await service.stop();
    await writeSettings(paths, settings);
  }
  await service.ensure();
  const client = podmanClient(paths.socket, () => service.ensure());
  const images = arrivals(paths.arrivals, await bootId());
  const { ours, torn } = await images.left();
  await discardArrivals(torn, { client, log: options.log });
  await discardTorn({ client, service, paths, log: options.log });
  const disk = new StorageSync(paths.graphRoot, images, (image) => imageIdOf(client, image));
  disk.imagesCame(ours);
  await ensureHelloImage(client, (image, bring) => disk.imageComes(image, bring));
  const limitsMemory = await canLimitMemory();
  if (!limitsMemory) options.log({ level: 'warn', from: 'podman', message: memoryLimitsOff });
  return new PodmanRuntime({
    client,
    oom: kernelOomEvidence(),
    canLimitMemory: limitsMemory,
    instance: paths.instance,
    oci: { program: settings.ociRuntime, directory: paths.run },
    messages: paths.messages,
    disk,
    warn: (container, warning) =>
      options.log({ level: 'warn', from: 'podman', message: warning, fields: { container } }),
    close: () => service.stop(),
  });
}

async function machineFacts(): Promise<Pick<Settings, 'systemd' | 'hardLimits'>> {
  const [limits, pidMax] = await Promise.all([
    readFile('/proc/self/limits', 'utf8'),
    readFile('/proc/sys/kernel/pid_max', 'utf8'),
  ]);
  // The directory exists exactly where systemd is process 1 (sd_booted(3)).
  return { systemd: existsSync('/run/systemd/system'), hardLimits: hardLimits(limits, Number(pidMax)) };
}

async function differs(paths: ReturnType<typeof podmanPaths>, settings: Settings): Promise<boolean> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const [containers, storage] = await Promise.all([read(paths.containersConf), read(paths.storageConf)]);
  return containers !== containersConf(paths, settings) || storage !== storageConf(paths, settings);
}
