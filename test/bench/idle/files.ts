import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

export type Files = ReadonlyMap<string, string>;

/** Every file below a folder, and when it was changed last. What vanishes meanwhile is left out. */
export async function filesBelow(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = new Map<string, string>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs, size, ino } = await stat(path).catch(() => ({ mtimeMs: 0, size: 0, ino: 0 }));
    found.set(relative(folder, path), `${mtimeMs} ${size} ${ino}`);
  }
  return found;
}

export function changed(before: Files, after: Files): string[] {
  return [...after].filter(([path, mark]) => before.get(path) !== mark).map(([path]) => path);
}
