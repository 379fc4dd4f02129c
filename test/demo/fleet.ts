import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Deployment, Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { Board } from '../boards/board.ts';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { type Bramble, startBramble } from '../e2e/fixture/bramble.ts';
import { Api } from './api.ts';

export const boardNames = ['pi-1', 'pi-2', 'pi-3'];

/** Of the boards' connections: a third of the usual one, so that nobody has to watch a cable that is pulled for long. */
export const keepaliveSeconds = 10;

/** A controller without a board of its own, and three boards; everything of a place of its own. */
export class Fleet {
  readonly bramble: Bramble;
  readonly boards: Boards;
  readonly api: Api;

  static async start(): Promise<Fleet> {
    const bramble = await startBramble({ controllerOnly: true });
    try {
      const api = await Api.open(bramble.dataDir, bramble.place.httpsPort);
      return new Fleet(bramble, await makeBoards(boardNames, bramble.file('boards')), api);
    } catch (error) {
      await bramble.dispose();
      throw error;
    }
  }

  private constructor(bramble: Bramble, boards: Boards, api: Api) {
    this.bramble = bramble;
    this.boards = boards;
    this.api = api;
  }

  get url(): string {
    return `https://${this.boards.hostAddress}:${this.bramble.place.httpsPort}`;
  }

  /** `bramble apply -f FILE`, with a file of this content. */
  async apply(file: string, yaml: string): Promise<void> {
    const path = this.bramble.file(file);
    await writeFile(path, yaml);
    await this.bramble.bramble(['apply', '-f', path]);
  }

  deployment(): Promise<Deployment> {
    return this.api.get('/apis/apps/v1/namespaces/default/deployments/web');
  }

  /** Those of the Deployment, without those that are about to end, in the order of boards and names. */
  async pods(): Promise<DemoPod[]> {
    const { items } = await this.api.get<{ items: Pod[] }>(
      '/api/v1/namespaces/default/pods?labelSelector=app%3Dweb',
    );
    return items
      .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
      .map(demoPod)
      .sort((a, b) => `${a.board} ${a.name}`.localeCompare(`${b.board} ${b.name}`));
  }

  async podsOn(board: Board): Promise<DemoPod[]> {
    return (await this.pods()).filter((pod) => pod.board === board.name);
  }

  /** What controller and agents printed, and what is in the store, into a folder that stays. */
  async writeLogs(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const agents = this.boards.all.map((board): [string, string] => [board.name, agentOutput(board)]);
    for (const [name, text] of [['controller', this.bramble.up.output], ...agents])
      await writeFile(join(folder, `${name}.log`), text ?? '');
    const { stdout, stderr } = await this.bramble.client(
      'bramble',
      'get nodes,pods,services,deployments,events -A -o yaml',
    );
    await writeFile(join(folder, 'objects.yaml'), stdout + stderr);
  }

  async dispose(): Promise<void> {
    this.api.close();
    // Before the boards' folders are removed, they must have let go of them.
    await this.boards.dispose().finally(() => this.bramble.dispose());
  }
}

function agentOutput(board: Board): string {
  try {
    return board.agent.output;
  } catch {
    return 'no agent was started\n';
  }
}

/** What is shown of a pod. */
export interface DemoPod {
  readonly name: string;
  readonly board: string;
  readonly address: string;
  readonly ready: boolean;
  readonly containerId: string;
  readonly restarts: number;
}

function demoPod({ metadata, spec, status }: Pod): DemoPod {
  const container = status?.containerStatuses?.[0];
  return {
    name: metadata?.name ?? '',
    board: spec?.nodeName ?? '',
    address: status?.podIP ?? '',
    ready: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    containerId: (container?.containerID ?? '').replace(/^\w+:\/\//, ''),
    restarts: container?.restartCount ?? 0,
  };
}
