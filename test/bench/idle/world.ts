import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board } from '../../boards/board.ts';
import { type Boards, makeBoards } from '../../boards/boards.ts';
import { nodeBecomes } from '../../boards/node-ready.ts';
import { childOf } from '../../boards/place.ts';
import { type Bramble, project, startBramble } from '../../e2e/fixture/bramble.ts';
import { pod, shell, stream } from '../../e2e/fixture/objects.ts';
import { type Wire, WireCounter } from './wire.ts';

export const boardName = 'pi-1';
export const podCount = 10;

interface Counters {
  readonly board: WireCounter;
  readonly bare: WireCounter;
}

/** A controller, a real board with silent pods, and a place beside it where Debian's own MQTT client is connected. */
export class World {
  readonly bramble: Bramble;
  readonly board: Board;
  readonly #boards: Boards;
  readonly #counters: Counters;

  static async make(): Promise<World> {
    const bramble = await startBramble({ controllerOnly: true, broker: 'embedded' });
    let boards: Boards | undefined;
    try {
      boards = await makeBoards([boardName, 'bare'], bramble.file('boards'));
      const count = (name: string) => WireCounter.make(boards?.get(name).pid ?? 0, bramble.place.boardsPort);
      const counters = { board: await count(boardName), bare: await count('bare') };
      const world = new World(bramble, boards, counters);
      await world.#join();
      return world;
    } catch (error) {
      await boards?.dispose();
      await bramble.dispose();
      throw error;
    }
  }

  private constructor(bramble: Bramble, boards: Boards, counters: Counters) {
    this.bramble = bramble;
    this.#boards = boards;
    this.board = boards.get(boardName);
    this.#counters = counters;
  }

  /** Of the board's connection to the broker. */
  wire(): Promise<Wire> {
    return this.#counters.board.read();
  }

  /** Of whatever else was connected beside it. */
  bareWire(): Promise<Wire> {
    return this.#counters.bare.read();
  }

  async makePods(): Promise<void> {
    const pods = Array.from({ length: podCount }, (_, index) =>
      pod(`silent-${index}`, [shell('main', 'exec sleep 1000000')]),
    );
    await this.bramble.kubectl('create -f -', stream(pods));
    await this.bramble.kubectl('wait pods --all --for=condition=Ready --timeout=120s');
  }

  /** mosquitto_sub on a topic where nothing is said, with the board's keepalive. Resolves with what ends it. */
  async connectBareClient(keepaliveSeconds: number): Promise<() => Promise<void>> {
    const { bramble } = this;
    const token = (await readFile(join(bramble.dataDir, 'admin-token'), 'utf8')).trim();
    const client = this.#boards
      .get('bare')
      .beside('mosquitto_sub', [
        ...['-h', this.#boards.hostAddress, '-p', `${bramble.place.mqttPort}`, '-k', `${keepaliveSeconds}`],
        ...['-u', 'admin', '-P', token, '--cafile', `${bramble.dataDir}/ca.crt`, '--insecure'],
        ...['-t', 'bramble/v1/results/admin/nothing'],
      ]);
    return async () => {
      process.kill(await childOf(client.pid), 'SIGKILL');
      await client.ended();
    };
  }

  /** A TLS handshake with the board's certificate, and nothing more. */
  async handshake(): Promise<void> {
    const script = join(project, 'test/bench/idle/handshake.ts');
    const trust = join(this.board.dataDir, 'agent', 'trust');
    const broker = [this.#boards.hostAddress, `${this.bramble.place.boardsPort}`];
    await this.#boards.get('bare').succeed(process.execPath, [script, trust, ...broker]);
  }

  async dispose(): Promise<void> {
    await this.#boards.dispose();
    await this.bramble.dispose();
  }

  async #join(): Promise<void> {
    const url = `https://${this.#boards.hostAddress}:${this.bramble.place.httpsPort}`;
    await this.board.join(url, (await this.bramble.bramble('token create')).trim());
    await nodeBecomes(this.bramble, boardName);
  }
}
