import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Monitor, monitorsOf } from '../lock/monitors.ts';
import { readPlace } from '../lock/place.ts';
import { interfaces, namespacesWithPrefix } from '../network/linux/kernel.ts';
import { podmanPaths } from '../runtime/podman/settings.ts';
import { instanceName, runDirectory } from '../runtime/run-directory.ts';
import { mountPointsUnder } from '../volumes/disk/mounts.ts';

export interface ResetOptions {
  readonly dataDir: string;
  /** Keep what the controller has: its store, its keys, its users. */
  readonly keepStore: boolean;
  /** Unless the agent wrote down which one it made. */
  readonly bridge: string | undefined;
}

/** All that there is on account of one data directory. */
export interface ResetPlan {
  readonly dataDir: string;
  readonly runDir: string;
  readonly monitors: readonly Monitor[];
  /** Containers that podman knows, running or not. */
  readonly containers: number;
  readonly namespaces: readonly string[];
  /** That of this data directory, if it exists. Its nftables tables are named after it. */
  readonly bridge: string | undefined;
  readonly mounts: readonly string[];
  /** Below the data directory, what Bramble made and is to be removed. */
  readonly entries: readonly string[];
}

/** What `bramble up` and `bramble join` write into a data directory; anything else in it is somebody else's. */
const agents = ['agent', 'cache'];
const controllers = [
  'controller',
  'ca.crt',
  'admin-token',
  'kubeconfig',
  'env',
  'login.json',
  'bin',
  'mosquitto',
];

export async function planReset({ dataDir, keepStore, bridge }: ResetOptions): Promise<ResetPlan> {
  const runDir = runDirectory(dataDir);
  const made = (await readPlace(runDir))?.bridge ?? bridge;
  const known = await readdir(join(podmanPaths(dataDir).graphRoot, 'overlay-containers')).catch(() => []);
  const entries = keepStore ? agents : [...agents, ...controllers];
  return {
    dataDir,
    runDir,
    monitors: await monitorsOf(runDir),
    containers: known.filter((name) => /^[0-9a-f]{64}$/.test(name)).length,
    namespaces: await namespacesWithPrefix(`bramble-${instanceName(dataDir)}`),
    bridge: made !== undefined && (await interfaces()).has(made) ? made : undefined,
    mounts: [...(await mountPointsUnder(dataDir)), ...(await mountPointsUnder(runDir))],
    entries: entries.filter((entry) => existsSync(join(dataDir, entry))),
  };
}

export function isEmpty(plan: ResetPlan): boolean {
  return describe(plan).length === 0;
}

/** One line for each kind of thing that will be removed. */
export function describe(plan: ResetPlan): string[] {
  const { monitors, containers, namespaces, bridge, mounts, entries, dataDir } = plan;
  const all = Math.max(containers, monitors.length);
  return [
    ...(all > 0 ? [`${all} containers, of which ${monitors.length} run now and are ended`] : []),
    ...(namespaces.length > 0 ? [`${namespaces.length} network namespaces of pods`] : []),
    ...(bridge === undefined ? [] : [`network bridge ${bridge}, and the nftables rules of that name`]),
    ...(mounts.length > 0 ? [`${mounts.length} mounts`] : []),
    ...entries.map((entry) => `${join(dataDir, entry)}${meaning[entry] ?? ''}`),
  ];
}

const meaning: Readonly<Record<string, string>> = {
  agent: '  (images, volumes of pods, this board’s identity)',
  controller: '  (the store: every object of the fleet; keys, users)',
};
