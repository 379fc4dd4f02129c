import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scan } from '@bramble/agent/journal/disk/lines.ts';
import { podmanPaths } from '@bramble/agent/runtime/podman/settings.ts';
import { runDirectory } from '@bramble/agent/runtime/run-directory.ts';
import { podman, podNamespaces, podRemains } from '../../e2e/fixture/board.ts';
import type { Bramble } from '../../e2e/fixture/bramble.ts';
import { runCommand } from '../../e2e/fixture/commands.ts';

export interface SeenContainer {
  readonly id: string;
  readonly container: string;
  readonly running: boolean;
  /** When this run of it began. */
  readonly startedAt: number;
}

interface PodmanLine {
  readonly Id: string;
  readonly State: string;
  readonly StartedAt: number;
  readonly Labels: Readonly<Record<string, string>>;
}

/** All containers of a pod by podman's word. */
export async function containersOf(bramble: Bramble, uid: string): Promise<SeenContainer[]> {
  const found = JSON.parse(await podman(bramble, ['ps', '--all', '--format', 'json'])) as PodmanLine[];
  return found
    .filter(({ Labels }) => Labels['bramble.dev/uid'] === uid)
    .map(({ Id, State, StartedAt, Labels }) => ({
      id: Id,
      container: Labels['bramble.dev/container'] ?? '',
      running: State === 'running',
      startedAt: StartedAt,
    }));
}

export const keptFile = (bramble: Bramble, uid: string, name: string): string =>
  join(bramble.dataDir, 'agent', 'volumes', uid, 'kept', name);

/** How often a container's own first line ran. */
export async function startsOf(bramble: Bramble, uid: string, container: string): Promise<number> {
  const text = await readFile(keptFile(bramble, uid, `starts-${container}`), 'utf8').catch(() => '');
  return text.length / 2;
}

/** Mounts made for the pods' volumes. */
export async function volumeMounts({ dataDir }: Bramble): Promise<string[]> {
  const folder = `${join(runDirectory(dataDir), 'volumes')}/`;
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((point) => point.startsWith(folder));
}

/** Cables to pods on the bridge, and namespaces of pods. */
export async function networkParts(bramble: Bramble): Promise<{ cables: number; namespaces: number }> {
  const { stdout } = await runCommand('ip', ['-o', 'link', 'show', 'master', bramble.place.bridge]);
  const namespaces = (await podNamespaces(bramble)).length;
  return { cables: stdout.split('\n').filter((line) => line !== '').length, namespaces };
}

/** Whatever is there on account of pods, when none should be: of the kernel, on the disk and in memory. */
export async function remains(bramble: Bramble): Promise<string[]> {
  const { dataDir, place } = bramble;
  const run = runDirectory(dataDir);
  const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
  const messages = await names(podmanPaths(dataDir).messages);
  const commands = (await names(join(run, 'podman'))).filter((name) => /^\d+-\d+\.pid$/.test(name));
  const { stdout: rules } = await runCommand('nft', ['list', 'table', 'inet', place.bridge]);
  return [
    ...(await podRemains(bramble)),
    ...(await volumeMounts(bramble)).map((point) => `mount ${point}`),
    ...(await names(join(run, 'health'))).map((name) => `health ${name}`),
    ...messages.map((name) => `message ${name}`),
    ...commands.map((name) => `command ${name}`),
    ...(await journaledPods(dataDir)).map((key) => `journal ${key}`),
    ...rules.split('\n').filter((line) => / dnat /.test(line) && / dport \d/.test(line)),
  ];
}

/** Keys of the agent's journal that name a pod, while the agent may be writing it. */
async function journaledPods(dataDir: string): Promise<string[]> {
  const content = await readFile(join(dataDir, 'agent', 'journal', 'log'));
  const keys = new Set<string>();
  for (const { entry } of scan(content).entries)
    if (entry.json === undefined) keys.delete(entry.key);
    else keys.add(entry.key);
  return [...keys].filter((key) => /pods\//.test(key));
}
