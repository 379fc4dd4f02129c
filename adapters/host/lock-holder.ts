import { readFile, stat } from 'node:fs/promises';
import { type PortHolder, processNamed } from './port-holder.ts';

/** The process that holds a POSIX lock on a file; `undefined` when none does, or it cannot be found out (network file systems). */
export async function lockHolder(path: string): Promise<PortHolder | undefined> {
  const [table, file] = await Promise.all([
    readFile('/proc/locks', 'utf8').catch(() => ''),
    stat(path).catch(() => undefined),
  ]);
  const pid = file && lockingPid(table, file.ino);
  return pid === undefined ? undefined : processNamed(pid);
}

/**
 * @param table with the form of `/proc/locks` (proc(5)): number, kind, mode, access, process, `major:minor:inode`, range. A
 *   process of another namespace is shown as 0 or -1. Devices are not compared: some file systems show others to stat(2).
 */
export function lockingPid(table: string, inode: number): number | undefined {
  for (const line of table.split('\n')) {
    const [, kind, , , pid, place] = line.trim().split(/\s+/);
    if (kind === 'POSIX' && place?.endsWith(`:${inode}`) && Number(pid) > 0) return Number(pid);
  }
  return undefined;
}
