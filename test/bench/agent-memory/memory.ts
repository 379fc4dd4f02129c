import { readFile } from 'node:fs/promises';

/** What a process, or several in all, have in memory. Mebibytes. */
export interface Memory {
  readonly rss: number;
  /** What no file backs: the kernel cannot drop it. */
  readonly anonymous: number;
  /** Pages of files, most of them of the program itself: every process of the same program shares them. */
  readonly file: number;
  /** RSS, with each shared page counted in part. */
  readonly pss: number;
}

export async function memoryOf(pids: readonly number[]): Promise<Memory> {
  const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
  return across(await Promise.all(pids.map(memoryOfOne)), sum);
}

/** What becomes of each kind of memory. */
export function across(all: readonly Memory[], what: (values: readonly number[]) => number): Memory {
  return {
    rss: what(all.map(({ rss }) => rss)),
    anonymous: what(all.map(({ anonymous }) => anonymous)),
    file: what(all.map(({ file }) => file)),
    pss: what(all.map(({ pss }) => pss)),
  };
}

async function memoryOfOne(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    rss: mebibytes(status, 'VmRSS'),
    anonymous: mebibytes(status, 'RssAnon'),
    file: mebibytes(status, 'RssFile'),
    pss: mebibytes(rollup, 'Pss'),
  };
}

function mebibytes(text: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  if (kibibytes === undefined) throw new Error(`the kernel does not tell ${name}`);
  return Number(kibibytes) / 1024;
}
