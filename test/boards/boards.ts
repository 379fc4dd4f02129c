/*
 * Real boards on one machine, for end-to-end tests, the demonstration and experiments by hand. Each board has its own
 * network, mounts, host name, processes, machine id, hardware serial and boot id, so that nothing but the kernel and the
 * disk is shared; agent, podman and containers run in it unmodified. It costs no second and no image.
 *
 *     const bramble = await startBramble({ controllerOnly: true });        // test/e2e/fixture/bramble.ts
 *     const boards = await makeBoards(['pi-1', 'pi-2'], bramble.file('boards'));
 *     const token = (await bramble.bramble('token create --uses 2')).trim();
 *     for (const board of boards.all) await board.join(`https://${boards.hostAddress}:${bramble.place.httpsPort}`, token);
 *     …
 *     await boards.dispose();
 *     await bramble.dispose();
 *
 * Boards (a LAN with boards on it, a switch in a network namespace of its own):
 *   hostAddress        this machine's address on the LAN, at which boards reach the controller
 *   all, get(name)     the boards, in order
 *   dispose()          removes boards, LAN, containers and control groups; files go with the folder that was given
 *
 * Board (see board.ts):
 *   name, address, dataDir, folder
 *   run(program, args), succeed(program, args), beside(program, args)     in the board, to its end or beside the test
 *   join(url, token, flags?)    `bramble join` in the foreground; resolves when the agent runs. `start(flags?)` without a token
 *   agent                       the running `bramble join`; stopAgent() is its Ctrl-C, killAgent() a SIGKILL of all of it
 *   podman(args)                the board's podman, asked without Bramble; containers() its running containers with start times
 *   cutOff(), plugIn()          the LAN cable; what runs on the board runs on
 *   powerCut(), boot()          everything on the board but its disk is gone, all at once; then it is there again, with nothing running
 *   cloneTo(other)              copies the data directory, as copying a card does
 *
 * nodeBecomes(bramble, name, readiness?) in node-ready.ts waits for what the controller says of one.
 *
 * A board ends with the process that made it, whatever ends that: nothing runs on. Needs root, unshare, nsenter, ip.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Board } from './board.ts';
import { Lan } from './lan.ts';

export class Boards {
  readonly #lan: Lan;
  readonly #boards: readonly Board[];

  constructor(lan: Lan, boards: readonly Board[]) {
    this.#lan = lan;
    this.#boards = boards;
  }

  get all(): readonly Board[] {
    return this.#boards;
  }

  get hostAddress(): string {
    return this.#lan.hostAddress;
  }

  /** @throws Error when there is no such board */
  get(name: string): Board {
    const found = this.#boards.find((board) => board.name === name);
    if (found === undefined) throw new Error(`no board is called ${name}`);
    return found;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#boards.map((board) => board.dispose()));
    await this.#lan.dispose();
  }
}

/** Boards with these names on a LAN of their own, booted. @param folder their disks; made where it is missing */
export async function makeBoards(names: readonly string[], folder: string): Promise<Boards> {
  const lan = await Lan.make();
  const boards = names.map(
    (name, index) => new Board({ name, number: index + 1, lan, folder: join(folder, name) }),
  );
  const all = new Boards(lan, boards);
  try {
    await mkdir(folder, { recursive: true });
    await Promise.all(boards.map((board) => board.boot()));
    return all;
  } catch (error) {
    await all.dispose();
    throw error;
  }
}
