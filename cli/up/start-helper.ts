import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { UpSettings } from './settings.ts';

const script = fileURLToPath(new URL('start-helper-main.ts', import.meta.url));

/** What the helper is told, one after the other. */
export type Progress =
  | { readonly step: 'controller' }
  /** `node`: the name under which this board joined, which stays although the machine is called something else now. */
  | { readonly step: 'agent'; readonly node: string };

/**
 * A process that lives for the time of the start: it finds a kubectl, writes what a second shell needs, waits for the board
 * and prints what to type next. What it loads for this does not stay in memory.
 */
export class StartHelper {
  readonly #child: ChildProcess;
  /** Resolves with its exit code; 0 when everything was ready. */
  readonly ended: Promise<number>;

  constructor(settings: UpSettings, compileCache: string) {
    this.#child = spawn(process.execPath, [script, JSON.stringify(settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    });
    this.ended = new Promise((resolve) => this.#child.once('exit', (code) => resolve(code ?? 128)));
  }

  tell(progress: Progress): void {
    // It may have ended meanwhile: `ended` says so.
    if (this.#child.connected) this.#child.send(progress, () => {});
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
