import { mkdir, readFile, statfs } from 'node:fs/promises';
import { run } from '@bramble/adapters/host/run.ts';

/** linux/magic.h */
const tmpfsType = 0x01021994;
const timeoutMs = 10_000;

/** Makes sure that `directory` lies in memory: usually /run does already. */
export async function ensureInMemory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await statfs(directory)).type === tmpfsType) return;
  await mountTmpfs(directory, 'mode=0700');
}

/** Idempotent: a file system of its own that is mounted there already is left alone. */
export async function mountTmpfs(directory: string, options: string): Promise<void> {
  if ((await mountPointsUnder(directory)).includes(directory)) return;
  const args = ['-t', 'tmpfs', '-o', `nosuid,nodev,${options}`, 'tmpfs', directory];
  const result = await run('mount', args, { timeoutMs });
  if (result.code !== 0) throw new Error(`cannot mount tmpfs at ${directory}: ${result.stderr.trim()}`);
}

/** Deepest first, so that what follows may delete the directory without reaching into another file system. */
export async function unmountUnder(directory: string): Promise<void> {
  for (const point of (await mountPointsUnder(directory)).reverse()) {
    const result = await run('umount', [point], { timeoutMs });
    // Podman's own clean-up may have been there first.
    const gone = result.code !== 0 && !(await mountPointsUnder(point)).includes(point);
    if (result.code !== 0 && !gone) throw new Error(`cannot unmount ${point}: ${result.stderr.trim()}`);
  }
}

/** In the order they were mounted. */
export async function mountPointsUnder(directory: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => unescapeOctal(line.split(' ')[4] ?? ''));
  return points.filter((point) => point === directory || point.startsWith(`${directory}/`));
}

/** proc(5): space, tab, newline and backslash appear as \040 and so on. */
const unescapeOctal = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
