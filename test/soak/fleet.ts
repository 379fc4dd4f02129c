import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Target, targetOf } from '@bramble/cli/client.ts';
import type { Board } from '../boards/board.ts';
import { type Boards, makeBoards } from '../boards/boards.ts';
import { nodeBecomes } from '../boards/node-ready.ts';
import { childOf } from '../boards/place.ts';
import { type Bramble, startBramble } from '../e2e/fixture/bramble.ts';
import { Api } from './api.ts';
import { childrenRunning, processFigures } from './proc.ts';

export const boardNames = ['pi-1', 'pi-2', 'pi-3'] as const;

/** A controller process, and real boards: `pi-1` is left alone, `pi-2` is cut off at times, `pi-3` leaves and joins anew. */
export class Fleet {
  readonly bramble: Bramble;
  readonly boards: Boards;
  readonly api: Api;
  readonly target: Target;
  readonly controllerPid: number;

  static async make(): Promise<Fleet> {
    const bramble = await startBramble({ controllerOnly: true });
    let boards: Boards | undefined;
    try {
      boards = await makeBoards(boardNames, bramble.file('boards'));
      const fleet = new Fleet(
        bramble,
        boards,
        await targetOf(bramble.dataDir),
        await bramble.pidOf('controller'),
      );
      for (const board of boards.all) await fleet.join(board);
      for (const { name } of boards.all) await nodeBecomes(bramble, name);
      return fleet;
    } catch (error) {
      await boards?.dispose();
      await bramble.dispose();
      throw error;
    }
  }

  private constructor(bramble: Bramble, boards: Boards, target: Target, controllerPid: number) {
    this.bramble = bramble;
    this.boards = boards;
    this.target = target;
    this.api = new Api(target);
    this.controllerPid = controllerPid;
  }

  async join(board: Board): Promise<void> {
    const { text } = await this.api.call('POST', '/bramble/v1/tokens', { uses: 1 });
    const url = `https://${this.boards.hostAddress}:${this.bramble.place.httpsPort}`;
    await board.join(url, (JSON.parse(text) as { token: string }).token);
  }

  /** @throws Error when the controller is not the process that it was */
  async check(): Promise<void> {
    if ((await this.bramble.pidOf('controller')) !== this.controllerPid)
      throw new Error(`the controller ended, and another was started:\n${this.bramble.up.output}`);
  }

  /** Memory, descriptors, threads and files of everybody, and what the controller says of itself. */
  async figures(): Promise<Record<string, number>> {
    const parts = await Promise.all([
      processFigures('controller', this.controllerPid),
      this.#metrics(),
      this.#stored(),
      ...this.boards.all.map((board) => this.#boardFigures(board)),
    ]);
    return Object.assign({}, ...parts);
  }

  async #stored(): Promise<Record<string, number>> {
    return { 'store MiB': await mebibytesIn(join(this.bramble.dataDir, 'controller', 'store')) };
  }

  async #boardFigures(board: Board): Promise<Record<string, number>> {
    const agent = await agentOf(board).catch(() => undefined);
    // While it leaves and joins there is none.
    if (agent === undefined) return {};
    const podmans = await childrenRunning(agent, 'podman');
    const parts = await Promise.all([
      processFigures(`${board.name} agent`, agent),
      // Beside the service, which is the oldest, a short command may run.
      ...podmans.slice(0, 1).map((pid) => processFigures(`${board.name} podman`, pid)),
    ]);
    const journal = await mebibytesIn(join(board.dataDir, 'agent', 'journal'));
    return Object.assign({ [`${board.name} journal MiB`]: journal }, ...parts);
  }

  /** Nothing while the controller is too busy to answer: a missing point is no fault. */
  async #metrics(): Promise<Record<string, number>> {
    const answer = await this.api.ask('GET', '/metrics').catch(() => undefined);
    if (answer?.code !== 200) return {};
    const value = (name: string): number =>
      Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(answer.text)?.[1] ?? Number.NaN);
    return {
      'controller heap MiB': value('nodejs_heap_size_used_bytes') / mebibyte,
      'broker heap MiB': value('bramble_broker_heap_used_bytes') / mebibyte,
      'store objects': value('bramble_store_objects'),
      'store revision': value('bramble_store_revision'),
      'broker connections': value('bramble_broker_connections'),
      'broker subscriptions': value('bramble_broker_subscriptions'),
      'broker retained': value('bramble_broker_retained_messages'),
      'broker waiting MiB': value('bramble_broker_waiting_bytes') / mebibyte,
      'long turns': value('bramble_actor_long_turns_total'),
      'refused messages': value('bramble_actor_refused_messages_total'),
    };
  }

  async dispose(): Promise<void> {
    this.api.close();
    await this.boards.dispose();
    await this.bramble.dispose();
  }
}

/** Below `bramble join`. @throws Error when none runs */
async function agentOf(board: Board): Promise<number> {
  return childOf(await childOf(board.agent.pid));
}

const mebibyte = 1_048_576;

/** Files may vanish while they are counted. */
async function mebibytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / mebibyte;
}
