import { readdir, readFile } from 'node:fs/promises';

/** A container's monitor: it lives exactly as long as the container, whatever becomes of podman's files. */
export interface Monitor {
  readonly pid: number;
  readonly containerId: string;
  /** Path of the OCI runtime. */
  readonly runtime: string;
  /** Where podman keeps what it knows of the container. */
  readonly bundle: string;
  /** As the agent named the container. */
  readonly name: string;
}

/** The containers that run on account of an agent with this run directory, by their processes alone. */
export async function monitorsOf(runDir: string): Promise<Monitor[]> {
  const found: Monitor[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const monitor = monitorIn(Number(entry), line.split('\0'), runDir);
    if (monitor) found.push(monitor);
  }
  return found;
}

/** conmon(8): `-c` is the container's id, `-b` its bundle, `-r` the runtime, `-n` its name. */
export function monitorIn(pid: number, words: readonly string[], runDir: string): Monitor | undefined {
  const after = (flag: string): string => words[words.indexOf(flag) + 1] ?? '';
  if (!words[0]?.endsWith('conmon') || !after('--exit-dir').startsWith(`${runDir}/`)) return undefined;
  return { pid, containerId: after('-c'), runtime: after('-r'), bundle: after('-b'), name: after('-n') };
}
