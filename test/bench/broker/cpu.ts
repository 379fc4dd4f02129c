import { readdir, readFile } from 'node:fs/promises';

/**
 * Processor time that the threads of a process have used, in seconds: of each that lives, to the nanosecond, where
 * /proc/PID/stat tells hundredths.
 */
export async function cpuSeconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const used = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0')),
  );
  return used.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e9;
}
