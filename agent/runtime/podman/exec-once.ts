import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ExecResult, RuntimeError } from '../port.ts';

/** The OCI runtime that podman uses here, and a folder in memory for its pid files. */
export interface OciExec {
  readonly program: string;
  readonly directory: string;
}

export interface OnceOptions {
  /** More is cut off. */
  readonly outputBytes: number;
  readonly timeoutMs: number;
  /** Names the pid file; no two commands at a time may share one. */
  readonly name: string;
}

/** What was written before the end is on its way still. */
const drainMs = 250;

/** What agents left that were killed beside a command. A number that is given anew would make an old file speak of another process. */
export async function discardPidFiles(directory: string): Promise<void> {
  const left = (await readdir(directory)).filter((name) => /^\d+-\d+\.pid$/.test(name));
  await Promise.all(left.map((name) => rm(join(directory, name), { force: true })));
}

/**
 * Runs a command in a container, as its own user, with its environment and limits. The OCI runtime is asked directly:
 * podman would write each command into its database, and a probe that beats must not reach the card (G9).
 * @throws RuntimeError `gone` when the container does not run, `spec` when the command could not be started.
 */
export async function execOnce(
  { program, directory }: OciExec,
  id: string,
  command: readonly string[],
  { outputBytes, timeoutMs, name }: OnceOptions,
): Promise<ExecResult> {
  const pidFile = join(directory, `${name}.pid`);
  const child = spawn(program, ['exec', '--pid-file', pidFile, id, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = gather(child, outputBytes);
  let timedOut = false;
  const timeout = AbortSignal.timeout(timeoutMs);
  timeout.addEventListener('abort', () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    timedOut = true;
    void kill(child, pidFile);
  });
  try {
    const exitCode = await ended(child);
    if (timedOut) return { exitCode: undefined, output: output() };
    // Written as soon as the command runs: without it, what was said and answered is the runtime's own.
    if ((await pidIn(pidFile)) === undefined) throw notStarted(output());
    return { exitCode, output: output() };
  } finally {
    await rm(pidFile, { force: true });
  }
}

function gather(child: ChildProcess, outputBytes: number): () => string {
  const chunks: Buffer[] = [];
  let left = outputBytes;
  const take = (chunk: Buffer): void => {
    if (left > 0) chunks.push(chunk.subarray(0, left));
    left = Math.max(0, left - chunk.byteLength);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return () => Buffer.concat(chunks).toString('utf8');
}

async function ended(child: ChildProcess): Promise<number> {
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    await Promise.race([closed, pause(drainMs)]);
    return code ?? 137;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new RuntimeError('unavailable', `the container runtime could not be started: ${words}`);
  } finally {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/**
 * The command itself, and the runtime: that waits also for whom the command left its output to, as containerd does, and
 * does not end with the command then.
 */
async function kill(child: ChildProcess, pidFile: string): Promise<void> {
  const pid = await pidIn(pidFile);
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
  child.kill('SIGKILL');
}

async function pidIn(pidFile: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  return pid > 1 ? pid : undefined;
}

/** The runtime's words when the container is not there, or ends at this moment. */
const goneWords =
  /does not exist|not running|cannot exec in a (stopped|paused) container|executing setns process|read init-p|no such process/;

function notStarted(words: string): RuntimeError {
  const message = innermost(words) || 'the command could not be started';
  return new RuntimeError(goneWords.test(words) ? 'gone' : 'spec', message);
}

/** runc wraps its words into a line of a log. */
function innermost(words: string): string {
  const message = /level=error msg="((?:[^"\\]|\\.)*)"/.exec(words)?.[1];
  return (message?.replaceAll('\\"', '"') ?? words).trim();
}
