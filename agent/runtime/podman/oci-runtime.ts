import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { RunError, run } from '@bramble/adapters/host/run.ts';
import { BrambleError } from '@bramble/protocol/errors.ts';
import * as z from '@bramble/protocol/zod.ts';
import { staticBusybox } from './busybox.ts';
import { containersConf, type PodmanPaths, type Settings, storageConf } from './settings.ts';

/** Both do the same; crun takes less memory and time, runc runs on hybrid cgroups too. */
const candidates = ['crun', 'runc'];
const trialTimeoutMs = 60_000;

const findings = z.object({
  kernel: z.string(),
  ociRuntime: z.string(),
  sharedImageStore: z.optional(z.string()),
});

type MachineFacts = Pick<Settings, 'systemd' | 'hardLimits'>;

/**
 * Finds the OCI runtime that works by running a container with each, and whether the machine's own image store can be
 * read. Remembered until the kernel changes.
 * @throws BrambleError BRAMBLE_NO_RUNTIME with the runtimes' own words.
 */
export async function chooseSettings(
  paths: PodmanPaths,
  machine: MachineFacts,
  sharedImageStore: string | undefined,
): Promise<Settings> {
  const known = await remembered(paths, sharedImageStore);
  if (known !== undefined) return { ...machine, ...known };
  const shared = await readableStore(paths, machine, sharedImageStore);
  const ociRuntime = await firstThatRuns(paths, { ...machine, sharedImageStore: shared });
  await writeFile(
    paths.findings,
    JSON.stringify({ kernel: release(), ociRuntime, sharedImageStore: shared } satisfies z.infer<
      typeof findings
    >),
  );
  return { ...machine, ociRuntime, sharedImageStore: shared };
}

/** Puts the settings where podman, told by `podmanEnvironment`, reads them. */
export async function writeSettings(paths: PodmanPaths, settings: Settings): Promise<void> {
  await writeFile(paths.containersConf, containersConf(paths, settings));
  await writeFile(paths.storageConf, storageConf(paths, settings));
}

export const podmanEnvironment = (paths: PodmanPaths): Record<string, string> => ({
  CONTAINERS_CONF: paths.containersConf,
  CONTAINERS_STORAGE_CONF: paths.storageConf,
});

async function remembered(
  paths: PodmanPaths,
  sharedImageStore: string | undefined,
): Promise<Pick<Settings, 'ociRuntime' | 'sharedImageStore'> | undefined> {
  try {
    const found = findings.parse(JSON.parse(await readFile(paths.findings, 'utf8')));
    const storeGone = found.sharedImageStore !== undefined && found.sharedImageStore !== sharedImageStore;
    if (found.kernel !== release() || storeGone) return undefined;
    return { ociRuntime: found.ociRuntime, sharedImageStore: found.sharedImageStore };
  } catch {
    // Absent on the first start; unreadable after a power cut. Finding out anew does no harm.
    return undefined;
  }
}

async function readableStore(
  paths: PodmanPaths,
  machine: MachineFacts,
  store: string | undefined,
): Promise<string | undefined> {
  if (store === undefined) return undefined;
  await writeSettings(paths, { ...machine, ociRuntime: candidates[0] ?? 'runc', sharedImageStore: store });
  const error = await podmanFailure(paths, ['images', '--quiet']);
  return error === undefined ? store : undefined;
}

async function firstThatRuns(paths: PodmanPaths, settings: Omit<Settings, 'ociRuntime'>): Promise<string> {
  const rootfs = join(paths.run, 'trial');
  const words: string[] = [];
  try {
    await mkdir(join(rootfs, 'bin'), { recursive: true });
    await copyFile(await staticBusybox(), join(rootfs, 'bin', 'busybox'));
    for (const ociRuntime of candidates) {
      await writeSettings(paths, { ...settings, ociRuntime });
      const error = await podmanFailure(paths, trialOf(rootfs));
      if (error === undefined) return ociRuntime;
      words.push(`${ociRuntime}: ${error}`);
    }
  } finally {
    await rm(rootfs, { recursive: true, force: true });
  }
  throw new BrambleError('BRAMBLE_NO_RUNTIME', words.join('\n'));
}

const trialOf = (rootfs: string) => [
  ...['run', '--rm', '--network', 'none', '--log-driver', 'none'],
  ...['--rootfs', rootfs, '/bin/busybox', 'true'],
];

async function podmanFailure(paths: PodmanPaths, args: readonly string[]): Promise<string | undefined> {
  try {
    const ended = await run('podman', args, { timeoutMs: trialTimeoutMs, env: podmanEnvironment(paths) });
    return ended.code === 0 ? undefined : ended.stderr.trim() || `exit code ${ended.code}`;
  } catch (error) {
    if (error instanceof RunError) return error.message;
    throw error;
  }
}
