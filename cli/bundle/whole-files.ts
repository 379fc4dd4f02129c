import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** A first line that fits the lines after it alone. */
const markOf = (text: string): string => `//${createHash('sha256').update(text).digest('hex')}\n`;

/** Whether the folder is there, with just what was written. */
export function isWhole(folder: string): boolean {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .every(({ parentPath, name }) => isWholeFile(join(parentPath, name)));
  } catch {
    return false;
  }
}

function isWholeFile(path: string): boolean {
  const text = readFileSync(path, 'utf8');
  const end = text.indexOf('\n') + 1;
  return text.slice(0, end) === markOf(text.slice(end));
}

/** Texts of scripts by path below the folder: all of them are there, or none, whenever power goes. */
export function writeWhole(folder: string, texts: ReadonlyMap<string, string>): void {
  const unfinished = `${folder}.unfinished`;
  for (const left of [folder, unfinished]) rmSync(left, { recursive: true, force: true });
  for (const [name, text] of texts) {
    const path = join(unfinished, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeSynced(path, markOf(text) + text);
  }
  renameSync(unfinished, folder);
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
