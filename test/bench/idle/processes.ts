import { readdir, readFile } from 'node:fs/promises';

/** What a process has used since it began, with the children that it has waited for. */
export interface Use {
  readonly cpuMs: number;
  /** How often its threads went to sleep of themselves: each time something woke them up. */
  readonly wakeups: number;
  /** That reached, or will reach, the disk: pages made dirty, less those dropped before they were written. */
  readonly diskBytes: number;
}

export const noUse: Use = { cpuMs: 0, wakeups: 0, diskBytes: 0 };

export function usedBetween(before: Use, after: Use): Use {
  return {
    cpuMs: after.cpuMs - before.cpuMs,
    wakeups: after.wakeups - before.wakeups,
    diskBytes: after.diskBytes - before.diskBytes,
  };
}

export function sum(uses: readonly Use[]): Use {
  return uses.reduce(
    (all, { cpuMs, wakeups, diskBytes }) => ({
      cpuMs: all.cpuMs + cpuMs,
      wakeups: all.wakeups + wakeups,
      diskBytes: all.diskBytes + diskBytes,
    }),
    noUse,
  );
}

/** Nothing where the process has ended. */
export async function useOf(pid: number): Promise<Use> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  let [ns, wakeups] = [0, 0];
  for (const thread of threads) {
    const read = (name: string) => readFile(`/proc/${pid}/task/${thread}/${name}`, 'utf8').catch(() => '');
    ns += Number((await read('schedstat')).split(' ', 1)[0]);
    wakeups += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(await read('status'))?.[1] ?? 0);
  }
  const io = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '');
  const field = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1] ?? 0);
  const diskBytes = field('write_bytes') - field('cancelled_write_bytes');
  return { cpuMs: ns / 1e6 + (await childrensMs(pid)), wakeups, diskBytes };
}

const tickMs = 10;

/** Of those that have ended: a fork for each sample would show here. */
async function childrensMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return tickMs * (Number(fields[13] ?? 0) + Number(fields[14] ?? 0));
}

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly args: readonly string[];
}

/** All that runs below a process, in no order. */
export async function descendantsOf(root: number): Promise<Process[]> {
  const all = await processes();
  const found = new Set([root]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid }) => pid !== root && found.has(pid));
}

async function processes(): Promise<Process[]> {
  const found: Process[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => undefined);
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => undefined);
    if (stat === undefined || line === undefined) continue;
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    found.push({ pid: Number(entry), parent, args: line.split('\0') });
  }
  return found;
}
