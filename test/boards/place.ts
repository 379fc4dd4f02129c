import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { eventually } from '../e2e/fixture/eventually.ts';
import { killIfThere } from './kill.ts';

/** Options of unshare(1): which namespaces a place has of its own. */
export type Namespaces = readonly ('--net' | '--mount' | '--uts' | '--ipc' | '--pid')[];

/**
 * Namespaces that live as long as one process in them, the keeper, which ends with its standard input: so they vanish, with
 * all that runs there, also when the process that made them is killed.
 */
export class Place {
  readonly #unshare: ChildProcess;
  readonly #namespaces: Namespaces;
  /** The keeper's process id, as this machine counts. */
  readonly pid: number;

  /** Runs the shell script `setUp` in it first. @throws Error with what it said when it fails */
  static async make(namespaces: Namespaces, setUp: string): Promise<Place> {
    const flags = ['--fork', '--kill-child', '--propagation', 'private', ...namespaces];
    // Without --mount there is nothing whose propagation could be private.
    const usable = namespaces.includes('--mount')
      ? flags
      : flags.filter((flag) => !/propagation|private/.test(flag));
    // The shell stays, as a first process that collects those who have ended: with `exec`, or with nothing after it, cat would take its place.
    const script = `set -e\n${setUp}\necho made\ncat > /dev/null\n:`;
    const unshare = spawn('unshare', [...usable, '--', 'sh', '-c', script], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [unshare.stdout, unshare.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    const made = await eventually('the namespaces', () => (/^made$/m.test(said) ? 'made' : ended(unshare)), {
      otherwise: () => said,
    });
    if (made !== 'made') throw new Error(`no namespaces could be made (${made}): ${said}`);
    return new Place(unshare, namespaces, await childOf(unshare.pid ?? 0));
  }

  private constructor(unshare: ChildProcess, namespaces: Namespaces, pid: number) {
    this.#unshare = unshare;
    this.#namespaces = namespaces;
    this.pid = pid;
  }

  /** The words that run a program in it. `ip netns exec` is no way in: it hides the control groups. */
  enter(program: string, args: readonly string[]): [string, string[]] {
    return ['nsenter', [`--target=${this.pid}`, ...this.#namespaces, '--', program, ...args]];
  }

  /** Kills everything in it at once. */
  async end(): Promise<void> {
    if (ended(this.#unshare) !== undefined) return;
    const gone = once(this.#unshare, 'exit');
    // With the first process of a process namespace the kernel kills all others.
    killIfThere(this.pid, 'SIGKILL');
    await gone;
  }
}

function ended(child: ChildProcess): string | undefined {
  return child.exitCode === null && child.signalCode === null
    ? undefined
    : `exit ${child.exitCode ?? child.signalCode}`;
}

/** The one process that `pid` has started. */
export async function childOf(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const [first = ''] = children.trim().split(' ');
  if (first === '') throw new Error(`process ${pid} has started none`);
  return Number(first);
}
