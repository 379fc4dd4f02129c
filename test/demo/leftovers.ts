import { readdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { podmanPaths } from '@bramble/agent/runtime/podman/settings.ts';
import { runDirectory } from '@bramble/agent/runtime/run-directory.ts';
import { runCommand } from '../e2e/fixture/commands.ts';
import type { Fleet } from './fleet.ts';

/** By what the things that the demonstration makes are known when it has ended. */
export interface Marks {
  /** Folders of its own; named by its processes and mounts as well. */
  readonly folders: readonly string[];
  readonly bridge: string;
  readonly hostAddress: string;
  /** Control groups are named after containers. */
  readonly containers: readonly string[];
}

/** Asked before the end: afterwards nobody knows any more which containers there were. */
export async function marksOf({ bramble, boards }: Fleet): Promise<Marks> {
  const stores = boards.all.map(({ dataDir }) => join(podmanPaths(dataDir).graphRoot, 'overlay-containers'));
  const containers = await Promise.all(stores.map((store) => readdir(store).catch(() => [])));
  return {
    folders: [bramble.place.folder, runDirectory(bramble.dataDir)],
    bridge: bramble.place.bridge,
    hostAddress: boards.hostAddress,
    containers: containers.flat().filter((name) => /^[0-9a-f]{64}$/.test(name)),
  };
}

/** Everything of the demonstration's that is still on this machine, each in words. */
export async function leftovers(marks: Marks): Promise<string[]> {
  const found = await Promise.all([
    processes(marks),
    mounts(marks),
    networks(marks),
    firewall(marks),
    controlGroups(marks),
    files(marks),
  ]);
  return found.flat();
}

/** The boards' namespaces live as long as processes in them. */
async function processes({ folders }: Marks): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const about = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${entry}/${file}`, 'utf8').catch(() => '')),
    );
    if (folders.some((folder) => about.some((text) => text.includes(folder)))) found.push(`process ${entry}`);
  }
  return found;
}

async function mounts({ folders }: Marks): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '');
  return points
    .filter((point) => folders.some((folder) => point.startsWith(folder)))
    .map((point) => `mount ${point}`);
}

async function networks({ bridge, hostAddress }: Marks): Promise<string[]> {
  return Object.entries(networkInterfaces())
    .filter(([name, all]) => name === bridge || all?.some(({ address }) => address === hostAddress))
    .map(([name]) => `network device ${name}`);
}

async function firewall({ bridge }: Marks): Promise<string[]> {
  const { stdout } = await runCommand('nft', ['list', 'tables']);
  return stdout
    .split('\n')
    .filter((line) => line.split(' ').some((word) => word === bridge || word.startsWith(`${bridge}-`)))
    .map((line) => `firewall ${line}`);
}

async function controlGroups({ containers }: Marks): Promise<string[]> {
  const lines = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  const roots = lines.filter((fields) => /^cgroup2?$/.test(fields[2] ?? '')).map((fields) => fields[1] ?? '');
  const found: string[] = [];
  for (const root of roots) {
    const names = await readdir(join(root, 'libpod_parent')).catch(() => []);
    const own = names.filter((name) => containers.some((id) => name.includes(id)));
    found.push(...own.map((name) => `control group ${join(root, 'libpod_parent', name)}`));
  }
  return found;
}

async function files({ folders }: Marks): Promise<string[]> {
  const there = await Promise.all(
    folders.map((folder) =>
      readdir(folder).then(
        () => true,
        () => false,
      ),
    ),
  );
  return folders.filter((_, index) => there[index]).map((folder) => `folder ${folder}`);
}
