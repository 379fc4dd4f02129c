import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeFile } from '../port.ts';

/** Names that begin so are ours, as in a kubelet's volumes; `checkPath` keeps users' files off them. */
const dataLink = '..data';

/**
 * Makes a directory show exactly `files`, the way a kubelet does: the content lies in a hidden directory named after its
 * digest, `..data` points there, and each file is a link through `..data`. Replacing that one link changes all files at
 * once, under the eyes of a running container.
 */
export async function publishFiles(directory: string, files: readonly VolumeFile[]): Promise<void> {
  for (const file of files) checkPath(file.path);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const version = `..${digestOf(files)}`;
  const current = await readlink(join(directory, dataLink)).catch(() => undefined);
  if (current !== version) {
    await writeVersion(join(directory, version), files);
    await symlinkAtomically(version, join(directory, dataLink));
  }
  await linkVisible(directory, new Set(files.map((file) => topOf(file.path))));
  await removeOthers(directory, version);
}

/** @throws Error for a path that would leave the volume or meet our own names. */
export function checkPath(path: string): void {
  const parts = path.split('/');
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
  if (bad || path.startsWith('..')) throw new Error(`not a path inside a volume: ${JSON.stringify(path)}`);
}

const topOf = (path: string) => path.split('/')[0] ?? path;

function digestOf(files: readonly VolumeFile[]): string {
  const hash = createHash('sha256');
  for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(JSON.stringify([file.path, file.mode, file.bytes.byteLength]));
    hash.update(file.bytes);
  }
  return hash.digest('hex').slice(0, 32);
}

async function writeVersion(directory: string, files: readonly VolumeFile[]): Promise<void> {
  // What a killed agent wrote half is written anew.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o755 });
  for (const file of files) {
    const path = join(directory, file.path);
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFile(path, file.bytes, { mode: 0o600 });
    // The process's umask must not take bits away.
    await chmod(path, file.mode);
  }
}

async function symlinkAtomically(target: string, path: string): Promise<void> {
  const temporary = `${path}_tmp`;
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, path);
}

async function linkVisible(directory: string, names: ReadonlySet<string>): Promise<void> {
  for (const name of names) {
    const path = join(directory, name);
    const target = join(dataLink, name);
    if ((await readlink(path).catch(() => undefined)) !== target) await symlinkAtomically(target, path);
  }
  for (const name of await readdir(directory)) {
    if (!name.startsWith('..') && !names.has(name) && (await isLink(join(directory, name)))) {
      await rm(join(directory, name));
    }
  }
}

const isLink = async (path: string) => (await lstat(path)).isSymbolicLink();

async function removeOthers(directory: string, version: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const kept = name === version || name === dataLink || !name.startsWith('..');
    if (!kept) await rm(join(directory, name), { recursive: true, force: true });
  }
}
