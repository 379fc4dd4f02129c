import { readdir, readFile, readlink } from 'node:fs/promises';

const kibibytesPerMebibyte = 1_024;

/** What the kernel says of a process; nothing of one that has ended. */
export async function processFigures(who: string, pid: number): Promise<Record<string, number>> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  if (status === '') return {};
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const mebibytes = (field: string): number => Number(fieldOf(status, field)) / kibibytesPerMebibyte;
  return {
    [`${who} rss MiB`]: mebibytes('VmRSS'),
    [`${who} anon MiB`]: mebibytes('RssAnon'),
    [`${who} threads`]: Number(fieldOf(status, 'Threads')),
    [`${who} fds`]: descriptors.length,
    [`${who} cpu s`]: await cpuSeconds(pid),
  };
}

const fieldOf = (status: string, field: string): string =>
  new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 'NaN';

const ticksPerSecond = 100;

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in brackets may hold spaces; utime and stime are the 12th and 13th word after it.
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(words[11]) + Number(words[12])) / ticksPerSecond;
}

/** Those that `pid` has started and that run this program. */
export async function childrenRunning(pid: number, program: string): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.flatMap((list) => list.trim().split(' ')).filter((word) => word !== '');
  const programs = await Promise.all(children.map((child) => readlink(`/proc/${child}/exe`).catch(() => '')));
  return children.filter((_, index) => programs[index]?.endsWith(`/${program}`)).map(Number);
}
