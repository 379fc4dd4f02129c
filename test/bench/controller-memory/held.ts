import { readFileSync } from 'node:fs';

/** MiB of a process, as the kernel counts them. */
export interface Held {
  readonly resident: number;
  readonly anonymous: number;
  /** Pages that it shares with others, such as Node's own program, counted in part. */
  readonly proportional: number;
}

export function heldBy(pid: number): Held {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mebibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1_024;
  return { resident: mebibytes('Rss'), anonymous: mebibytes('Anonymous'), proportional: mebibytes('Pss') };
}
