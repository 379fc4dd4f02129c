import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { podmanEnvironment } from '@bramble/agent/runtime/podman/oci-runtime.ts';
import { podmanPaths } from '@bramble/agent/runtime/podman/settings.ts';
import { Background } from '../e2e/fixture/background.ts';
import { project } from '../e2e/fixture/bramble.ts';
import { type CommandOptions, type Ended, runCommand } from '../e2e/fixture/commands.ts';
import { eventually } from '../e2e/fixture/eventually.ts';
import { bootScript, machineIdOf } from './boot-script.ts';
import { killIfThere } from './kill.ts';
import type { Lan } from './lan.ts';
import { childOf, Place } from './place.ts';

export interface BoardOptions {
  readonly name: string;
  /** The last part of its address on the LAN, and of its hardware's serial number. */
  readonly number: number;
  readonly lan: Lan;
  /** Its disk. */
  readonly folder: string;
}

const joinMs = 60_000;

/** One board; what it can do is listed at the top of boards.ts. */
export class Board {
  readonly name: string;
  readonly address: string;
  readonly folder: string;
  readonly #options: BoardOptions;
  readonly #containers = new Set<string>();
  #place: Place | undefined;
  #agent: Background | undefined;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.name = options.name;
    this.folder = options.folder;
    this.address = options.lan.addressOf(options.number);
  }

  get dataDir(): string {
    return join(this.folder, 'bramble');
  }

  get machineId(): string {
    return machineIdOf(this.name);
  }

  /** Its first process, as this machine counts: for nsenter(1) by hand. */
  get pid(): number {
    return this.#running().pid;
  }

  async boot(): Promise<void> {
    if (this.#place) throw new Error(`${this.name} is on already`);
    const { lan, number } = this.#options;
    await mkdir(this.folder, { recursive: true });
    const script = bootScript({ name: this.name, number, folder: this.folder, bootId: randomUUID() });
    this.#place = await Place.make(['--net', '--mount', '--uts', '--ipc', '--pid'], script);
    await lan.plugIn(this.#port, 'eth0', this.#place.pid, number);
  }

  /** No process ends in order, and nothing in memory is kept. */
  async powerCut(): Promise<void> {
    await this.#noteContainers();
    await this.#running().end();
    this.#place = undefined;
    await this.#agent?.stop();
    this.#agent = undefined;
    await this.#removeControlGroups();
  }

  cutOff(): Promise<void> {
    return this.#options.lan.setPort(this.#port, 'down');
  }

  plugIn(): Promise<void> {
    return this.#options.lan.setPort(this.#port, 'up');
  }

  run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    return runCommand(...this.#running().enter(program, args), { cwd: project, ...options });
  }

  /** @throws Error with all that it said when it does not succeed */
  async succeed(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(program, args, options);
    if (code === 0) return stdout;
    throw new Error(`on ${this.name}: ${program} ${args.join(' ')}\nended with ${code}\n${stdout}${stderr}`);
  }

  /** Its signals and its end reach nsenter alone; programs that are to be signalled need `childOf`. */
  beside(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Background {
    const [enter, words] = this.#running().enter(program, args);
    return new Background(enter, words, { env, cwd: project });
  }

  /** `bramble` in the board, to its end. */
  bramble(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    return this.run(process.execPath, [join(project, 'cli/main.ts'), ...args], options);
  }

  /** Resolves when the agent runs; that its Node is Ready kubectl tells. @throws Error with all that it said when it ends instead */
  async join(url: string, token: string, flags: readonly string[] = []): Promise<void> {
    await this.#startAgent(['join', url, token, ...flags]);
  }

  /** The agent of a board that has joined. */
  async start(flags: readonly string[] = []): Promise<void> {
    await this.#startAgent(['join', ...flags]);
  }

  get agent(): Background {
    if (!this.#agent) throw new Error(`no agent was started on ${this.name}`);
    return this.#agent;
  }

  /** Ctrl-C. Resolves with the exit code; pods run on. */
  async stopAgent(): Promise<number> {
    killIfThere(await childOf(this.agent.pid), 'SIGINT');
    const code = await this.agent.ended();
    this.#agent = undefined;
    return code;
  }

  /** `bramble join` first, so that it starts nothing again, then the agent: neither has time for a last word. */
  async killAgent(): Promise<void> {
    const join = await childOf(this.agent.pid);
    const agent = await childOf(join);
    for (const pid of [join, agent]) killIfThere(pid, 'SIGKILL');
    await this.agent.ended();
    this.#agent = undefined;
  }

  /** The board's own podman. @throws Error when it does not succeed */
  podman(args: readonly string[]): Promise<string> {
    const env = { ...process.env, ...podmanEnvironment(podmanPaths(this.dataDir)) };
    return this.succeed('podman', args, { env });
  }

  /** Id and start time of each container that runs, sorted: equal before and after means that nothing was restarted. */
  async containers(): Promise<string[]> {
    const lines = await this.podman(['ps', '--no-trunc', '--format', '{{.ID}} {{.StartedAt}}']);
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  }

  /** As a copied card: everything of Bramble's on the disk. The other board must not have one of its own yet. */
  async cloneTo(other: Board): Promise<void> {
    await cp(this.dataDir, other.dataDir, {
      recursive: true,
      // Podman's images and layers are no part of who a board is.
      filter: (path) => !path.startsWith(join(this.dataDir, 'agent', 'podman')),
    });
  }

  async dispose(): Promise<void> {
    if (this.#place) await this.powerCut();
  }

  get #port(): string {
    return `b${this.#options.number}`;
  }

  #running(): Place {
    if (!this.#place) throw new Error(`${this.name} is off`);
    return this.#place;
  }

  async #startAgent(args: readonly string[]): Promise<void> {
    const words = [join(project, 'cli/main.ts'), ...args, '--data-dir', this.dataDir];
    const started = this.beside(process.execPath, words);
    this.#agent = started;
    await started.printed(/^Board \S+ (has joined|is running)/m, joinMs);
  }

  async #noteContainers(): Promise<void> {
    const folder = join(podmanPaths(this.dataDir).graphRoot, 'overlay-containers');
    for (const id of await readdir(folder).catch(() => [])) this.#containers.add(id);
  }

  /** A real power cut takes them along; here they are this machine's. */
  async #removeControlGroups(): Promise<void> {
    const mounts = await readFile('/proc/self/mounts', 'utf8');
    const roots = [...mounts.matchAll(/^\S+ (\/sys\/fs\/cgroup\S*) cgroup2? /gm)].map(
      (match) => match[1] ?? '',
    );
    for (const root of roots) {
      for (const id of this.#containers) {
        for (const name of [`libpod-${id}`, `libpod-conmon-${id}`, `runtime-${id}`]) {
          await eventually(`the control group of ${id} to be empty`, () =>
            rmdir(join(root, 'libpod_parent', name)).then(
              () => true,
              (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? true : undefined),
            ),
          );
        }
      }
    }
  }
}
