import type { Board } from '../../boards/board.ts';
import { type Boards, makeBoards } from '../../boards/boards.ts';
import { nodeBecomes } from '../../boards/node-ready.ts';
import { type Bramble, startBramble } from '../../e2e/fixture/bramble.ts';
import { helloImage } from '../../e2e/fixture/objects.ts';
import { secondImage } from '../agent/pods.ts';
import { type Access, adminAccess } from '../api.ts';
import { BoardDisk } from './disk.ts';

const name = 'pi';

/** A controller, and one board with a disk of its own whose power can be cut. */
export class PoweredBoard {
  readonly bramble: Bramble;
  readonly board: Board;
  readonly access: Access;
  readonly #boards: Boards;
  readonly #disk: BoardDisk;

  static async make(): Promise<PoweredBoard> {
    const bramble = await startBramble({ controllerOnly: true });
    let boards: Boards | undefined;
    try {
      const disk = await BoardDisk.make(bramble.file('disk.img'), bramble.file(`boards/${name}`));
      boards = await makeBoards([name], bramble.file('boards'));
      const board = boards.get(name);
      const token = (await bramble.bramble('token create')).trim();
      await board.join(`https://${boards.hostAddress}:${bramble.place.httpsPort}`, token);
      await nodeBecomes(bramble, name);
      await board.podman(['tag', helloImage, secondImage]);
      // Both names are there for good, as of images that came long ago.
      await board.succeed('sync', ['-f', board.dataDir]);
      return new PoweredBoard(
        bramble,
        boards,
        disk,
        await adminAccess(bramble.dataDir, bramble.place.httpsPort),
      );
    } catch (error) {
      await boards?.dispose();
      await bramble.dispose();
      throw error;
    }
  }

  private constructor(bramble: Bramble, boards: Boards, disk: BoardDisk, access: Access) {
    this.bramble = bramble;
    this.board = boards.get(name);
    this.access = access;
    this.#boards = boards;
    this.#disk = disk;
  }

  /** Every process ends at once, what is in memory is gone, and so is what had not reached the disk. */
  async cutPower(): Promise<void> {
    await this.board.powerCut();
    await this.#disk.losePower();
  }

  async dispose(): Promise<void> {
    this.access.agent.destroy();
    await this.#boards.dispose();
    await this.bramble.dispose();
  }
}
