import { constants } from 'node:fs';
import { mkdir, open, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { OutsideVolume } from '../port.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * The real path of a place inside a volume. Links are followed before anything is mounted, since a container may have
 * made one that leads to the board's own files. Missing directories are made with the volume's own mode, as a kubelet
 * does.
 * @throws OutsideVolume
 */
export async function subPathInside(volume: string, subPath: string): Promise<string> {
  const root = await realpath(volume);
  try {
    const { path, missing } = await deepestExisting(root, join(root, subPath));
    const found = await makeDirectories(path, missing, (await stat(root)).mode & 0o7777);
    if (isInside(root, found)) return found;
  } catch (error) {
    const { message } = error as Error;
    throw new OutsideVolume(`subPath ${JSON.stringify(subPath)} cannot be used: ${message}`);
  }
  throw new OutsideVolume(`subPath ${JSON.stringify(subPath)} is not inside the volume`);
}

/** The deepest part of a path that is there, its links followed, and the names that are missing below it. */
async function deepestExisting(
  root: string,
  wanted: string,
): Promise<{ readonly path: string; readonly missing: readonly string[] }> {
  for (let part = wanted; isInside(root, part); part = dirname(part)) {
    const path = await realpath(part).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (path === undefined) continue;
    // Nothing is made outside: the caller sees that the path leads there.
    if (!isInside(root, path)) return { path, missing: [] };
    return { path, missing: relative(part, wanted).split('/').filter(Boolean) };
  }
  return { path: wanted, missing: [] };
}

/** One by one and never through a link, which a container may have put there meanwhile. */
async function makeDirectories(from: string, names: readonly string[], mode: number): Promise<string> {
  let path = from;
  for (const name of names) {
    path = join(path, name);
    await mkdir(path);
    const directory = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    // The process's umask must not take bits away.
    await directory.chmod(mode).finally(() => directory.close());
  }
  return realpath(path);
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root === '/' ? '/' : `${root}/`);
}
