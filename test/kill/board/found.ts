import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { Board } from '../../boards/board.ts';
import { call } from '../api.ts';
import type { PoweredBoard } from './powered-board.ts';

interface PodmanLine {
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface Running {
  readonly pod: string;
  readonly container: string;
}

/** What runs on the board by podman's word. */
export async function runningOn(board: Board): Promise<Running[]> {
  const found = JSON.parse(await board.podman(['ps', '--format', 'json'])) as PodmanLine[];
  return found
    .filter(({ State }) => State === 'running')
    .map(({ Labels }) => ({
      pod: Labels['bramble.dev/pod'] ?? '',
      container: Labels['bramble.dev/container'] ?? '',
    }));
}

/** What is not yet as it should be: of the pods that are wanted, of what runs, and of the board's parts. */
export async function wrongOn(
  { board, access }: PoweredBoard,
  wanted: ReadonlySet<string>,
): Promise<string[]> {
  const { body } = await call(access, 'GET', '/api/v1/namespaces/default/pods');
  const pods = (body as { items: Pod[] }).items;
  const names = pods.map(({ metadata }) => metadata?.name ?? '');
  const running = (await runningOn(board)).map(({ pod, container }) => `${pod} ${container}`).sort();
  const expected = [...wanted].flatMap((name) => [`${name} one`, `${name} two`]).sort();
  const namespaces = (await board.succeed('ip', ['netns', 'list'])).split('\n').filter((line) => line !== '');
  return [
    ...[...wanted].filter((name) => !names.includes(name)).map((name) => `${name} is not in the API`),
    ...names.filter((name) => !wanted.has(name)).map((name) => `${name} is still in the API`),
    ...pods
      .filter((pod) => !isReady(pod))
      .map((pod) => `${pod.metadata?.name} is not Ready: ${JSON.stringify(pod.status)}`),
    ...(running.join('\n') === expected.join('\n')
      ? []
      : [`runs: ${running.join(', ')}; wanted: ${expected.join(', ')}`]),
    ...(namespaces.length === wanted.size ? [] : [`namespaces: ${namespaces.join(', ')}`]),
    ...journalTrouble(board),
  ];
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
}

/** Records that could not be read are put here by the agent. */
export function journalTrouble({ dataDir }: Board): string[] {
  const path = join(dataDir, 'agent', 'journal', 'set-aside');
  return existsSync(path) ? [`the journal was damaged: ${path}`] : [];
}

export async function restartsOf({ access }: PoweredBoard, name: string): Promise<number> {
  const { body } = await call(access, 'GET', `/api/v1/namespaces/default/pods/${name}`);
  const statuses = (body as Pod).status?.containerStatuses ?? [];
  return statuses.find((each) => each.name === 'one')?.restartCount ?? 0;
}
