import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const neverEntered = ['node_modules', 'coverage'];

/**
 * Files of a project in a stable order, relative to it, with `/`; nothing in node_modules or a hidden folder.
 *
 * @param folder relative to the project; all of it by default
 */
export function listFiles(project: string, accept: (path: string) => boolean, folder = ''): string[] {
  const entries = readdirSync(join(project, folder), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith('.') || neverEntered.includes(entry.name)) return [];
      if (entry.isDirectory()) return listFiles(project, accept, path);
      return entry.isFile() && accept(path) ? [path] : [];
    });
}
