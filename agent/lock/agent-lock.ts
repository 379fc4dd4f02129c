import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { bootId } from '../board/linux/boot-id.ts';

export interface LockOptions {
  /** The lock's own, made where it is missing; on a disk that every agent of the data directory sees. */
  readonly directory: string;
  /** Of this process. */
  readonly pid: number;
  /** How long another agent may take to end, such as one whose `bramble up` was killed a moment ago. */
  readonly patienceMs: number;
  readonly pause: (ms: number) => Promise<void>;
}

const lookEveryMs = 100;

/**
 * Makes sure that this is the one agent of its data directory, until `release` or the end of the process. Each agent
 * claims first and looks then, so that of two that come at once at least one sees the other. A claim names a process
 * by its number and start time: what a killed agent left stands for nobody, and any agent may clear it away.
 * @throws BrambleError BRAMBLE_AGENT_RUNNING
 */
export async function lockAgent(options: LockOptions): Promise<{ release: () => Promise<void> }> {
  const { directory, pid, patienceMs, pause } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const claim = await claimOf(pid);
  if (claim === undefined) throw new Error(`there is no process ${pid}`);
  const path = join(directory, claim);
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    await writeFile(path, '');
    const others = await livingClaims(directory, claim);
    if (others.length === 0) return { release: () => rm(path, { force: true }) };
    await rm(path, { force: true });
    if (waitedMs >= patienceMs) throw await alreadyRunning(directory, others);
    await pause(lookEveryMs);
  }
}

/** The agent that holds this lock, if one does. */
export async function holderOf(
  directory: string,
): Promise<{ readonly pid: number; readonly command: string } | undefined> {
  for (const claim of await readdir(directory).catch(() => [])) {
    const pid = Number(claim.split('-', 1)[0]);
    if ((await claimOf(pid)) === claim) return { pid, command: await commandOf(pid) };
  }
  return undefined;
}

async function livingClaims(directory: string, own: string): Promise<string[]> {
  const living: string[] = [];
  for (const claim of await readdir(directory)) {
    if (claim === own) continue;
    if ((await claimOf(Number(claim.split('-', 1)[0]))) === claim) living.push(claim);
    else await rm(join(directory, claim), { force: true });
  }
  return living;
}

/** `{pid}-{start time}-{boot id}`; `undefined` where there is no such process. */
async function claimOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name before it may hold anything, `starttime` is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; it only waits for its parent to hear of it.
    return fields[0] === 'Z' ? undefined : `${pid}-${fields[19]}-${await bootId()}`;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

async function commandOf(pid: number): Promise<string> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.split('\0').join(' ').trim();
}

async function alreadyRunning(directory: string, claims: readonly string[]): Promise<BrambleError> {
  const pid = claims[0]?.split('-', 1)[0];
  const what = await commandOf(Number(pid));
  return new BrambleError(
    'BRAMBLE_AGENT_RUNNING',
    `another agent uses this data directory (${directory}): process ${pid}${what === '' ? '' : `, ${what}`}`,
  );
}
