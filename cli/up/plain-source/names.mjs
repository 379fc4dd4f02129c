import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where the source of a file without its types is kept: another place after the file, or Node, has changed.
 * @param {string} folder
 * @param {string} path
 */
export function plainPath(folder, path) {
  const { size, mtimeMs } = statSync(path);
  const facts = JSON.stringify([process.version, path, size, mtimeMs]);
  return join(folder, createHash('sha256').update(facts).digest('hex').slice(0, 32));
}

/**
 * Of a source, as it precedes it: what a power cut has torn is not run.
 * @param {string} source
 */
export const markOf = (source) => `//${createHash('sha256').update(source).digest('hex')}\n`;
