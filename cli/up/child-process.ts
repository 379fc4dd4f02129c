import { type ChildProcess, spawn } from 'node:child_process';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import type { NodeProgram } from '../bundle/node-program.ts';

export interface ChildOptions {
  /** `controller` or `agent`, for messages. */
  readonly name: string;
  /** Asked at each start. */
  readonly program: () => NodeProgram;
  readonly args: readonly string[];
  /**
   * Of V8’s young generation. Small means more collections, a quarter of a write's processor time; loading the source alone
   * fills a large one, which shrinks again when garbage is collected after the start.
   */
  readonly semiSpaceMebibytes: number;
  /** More flags of Node and V8. */
  readonly flags?: readonly string[];
  /** Exit codes after which it is not started again, besides those that are always final. */
  readonly finalCodes?: readonly number[];
}

/** What controller and agent say over IPC when they are ready. */
export interface ReadyMessage {
  readonly type: 'ready';
  /** The agent's: the name under which this board joined. */
  readonly node?: string;
}

const firstRestartMs = 500;
const maxRestartMs = 30_000;
/** A child that ran for this long has not failed at once: its next restart does not wait. */
const stableMs = 60_000;
const stopMs = 20_000;

/** Ends after which nothing is started again: somebody told it to stop, or it would only fail again. */
const finalCodes: readonly number[] = [exitCodes.ok, exitCodes.usage, exitCodes.store, exitCodes.environment];

/**
 * A Bramble process below `bramble up`: in a process group of its own, so that Ctrl-C reaches `up` alone, which stops its
 * children in order. It is started again when it ends by itself, unless a person must act first.
 */
export class SupervisedChild {
  readonly #options: ChildOptions;
  readonly #onFinal: (code: number) => void;
  #process: ChildProcess | undefined;
  #stopping = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ChildOptions, onFinal: (code: number) => void) {
    this.#options = options;
    this.#onFinal = onFinal;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts it; resolves with what it says when it is ready, the first time. */
  start(): Promise<ReadyMessage> {
    return new Promise((ready) => this.#spawn(ready));
  }

  /** SIGTERM, and SIGKILL if that does not help. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await ended;
    clearTimeout(timer);
  }

  #spawn(ready: (message: ReadyMessage) => void): void {
    if (this.#stopping) return;
    const began = Date.now();
    const { program, args, semiSpaceMebibytes, flags = [] } = this.#options;
    const { script, env } = program();
    const nodeFlags = [`--max-semi-space-size=${semiSpaceMebibytes}`, ...flags];
    const child = spawn(process.execPath, [...nodeFlags, script, ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
      env: { ...process.env, ...env },
    });
    this.#process = child;
    child.on('message', (message) => {
      const said = message as ReadyMessage;
      if (said.type === 'ready') ready(said);
    });
    child.on('exit', (code, signal) => this.#ended(code ?? 128, signal, Date.now() - began, ready));
  }

  #ended(
    code: number,
    signal: NodeJS.Signals | null,
    ranMs: number,
    ready: (message: ReadyMessage) => void,
  ): void {
    if (this.#stopping) return;
    if (finalCodes.includes(code) || this.#options.finalCodes?.includes(code)) return this.#onFinal(code);
    this.#failures = ranMs > stableMs ? 1 : this.#failures + 1;
    const delayMs = Math.min(maxRestartMs, firstRestartMs * 2 ** (this.#failures - 1));
    const how = signal ?? `exit code ${code}`;
    process.stderr.write(`${this.#options.name} ended (${how}); starting it again in ${delayMs / 1000} s\n`);
    this.#timer = setTimeout(() => this.#spawn(ready), delayMs);
  }
}
