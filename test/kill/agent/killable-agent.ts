import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '@bramble/cli/project-root.ts';
import { agentFlags } from '@bramble/cli/up/programs.ts';
import type { Bramble } from '../../e2e/fixture/bramble.ts';
import type { Arm, Effect, Moment, Told } from './effects.ts';

const readyMs = 180_000;

/** The agent of a Bramble whose `up` runs the controller alone; with ports that count, and may be told when to die. */
export class KillableAgent {
  readonly #bramble: Bramble;
  #child: ChildProcess | undefined;
  #output = '';
  #knows: () => void = () => {};
  effects: Effect[] = [];

  constructor(bramble: Bramble) {
    this.#bramble = bramble;
  }

  /** Of all agents that ran so far, the last words. */
  get output(): string {
    return this.#output;
  }

  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when its actors run. @throws Error with what it said when they never do */
  async start(): Promise<void> {
    const { dataDir, node, place } = this.#bramble;
    const child = spawn(
      process.execPath,
      [
        ...[
          ...agentFlags,
          '--import',
          join(import.meta.dirname, 'preload.ts'),
          join(projectRoot, 'agent', 'main.ts'),
        ],
        ...['--data-dir', dataDir, '--node', node, '--bridge', place.bridge],
        ...['--cluster-cidr', place.clusterCidr, '--service-cidr', place.serviceCidr, '--log-level', 'warn'],
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, NODE_COMPILE_CACHE: join(dataDir, 'cache') },
      },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-20_000);
      });
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
    child.on('message', (message: Told | { readonly type: 'ready' }) => {
      if (message.type === 'ready') resolve();
      if (message.type === 'armed') this.#knows();
      if (message.type === 'effect') this.effects.push({ effect: message.effect, tookMs: message.tookMs });
    });
    const tooLate = setTimeout(() => reject(new Error(`the agent is not ready:\n${this.#output}`)), readyMs);
    child.once('exit', () => {
      reject(new Error(`the agent ended as it started:\n${this.#output}`));
      this.#knows();
    });
    await ready.finally(() => clearTimeout(tooLate));
  }

  /** Counts from now on. Without a moment it lives. Resolves when it knows, or has died. */
  async arm(moment?: Moment): Promise<void> {
    const child = this.#child;
    if (!child || !this.alive) return;
    this.effects = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#knows = resolve;
    const order: Arm = { type: 'arm', moment };
    // Where it is dying, the order does not arrive.
    child.send(order, () => {});
    await promise;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || !this.alive) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
}
