import type { Stats } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';

const kinds: Readonly<Record<string, (found: Stats) => boolean>> = {
  Directory: (found) => found.isDirectory(),
  DirectoryOrCreate: (found) => found.isDirectory(),
  File: (found) => found.isFile(),
  FileOrCreate: (found) => found.isFile(),
  Socket: (found) => found.isSocket(),
  CharDevice: (found) => found.isCharacterDevice(),
  BlockDevice: (found) => found.isBlockDevice(),
};

/** Sees to a hostPath volume as its `type` demands (core/v1 HostPathVolumeSource); the empty type demands nothing. */
export async function ensureHostPath(path: string, type: string): Promise<void> {
  if (!isAbsolute(path) || path.split('/').includes('..')) {
    throw new Error(`hostPath must be absolute, without "..": ${JSON.stringify(path)}`);
  }
  if (type === '') return;
  const isKind = kinds[type];
  if (isKind === undefined) throw new Error(`unknown hostPath type ${JSON.stringify(type)}`);
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  if (type === 'FileOrCreate') await createFile(path);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new Error(`hostPath ${path} does not exist, and its type is ${type}`);
  if (!isKind(found)) throw new Error(`hostPath ${path} is not of type ${type}`);
}

/** As in Kubernetes, its directory must exist. */
async function createFile(path: string): Promise<void> {
  const file: FileHandle | undefined = await open(path, 'a', 0o644).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new Error(`the directory ${dirname(path)} does not exist`, { cause: error });
    // It is a directory or the like, which the check by kind then says.
    return undefined;
  });
  await file?.close();
}
