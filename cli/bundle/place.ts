import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project-root.ts';

const workspaces = ['actors', 'protocol', 'adapters', 'agent', 'cli'];
/** Says which libraries there are. */
const lock = 'package-lock.json';

/** Where the bundle of the source as it is now belongs: elsewhere after a file, a library or Node has changed. */
export function bundlePlace(cache: string): string {
  const hash = createHash('sha256').update(`${process.version} ${process.arch}`);
  for (const path of [lock, ...workspaces.flatMap(sourcesOf)]) {
    const { size, mtimeMs } = statSync(join(projectRoot, path));
    hash.update(JSON.stringify([projectRoot, path, size, mtimeMs]));
  }
  return join(cache, 'programs', hash.digest('hex').slice(0, 32));
}

function sourcesOf(workspace: string): string[] {
  const names = readdirSync(join(projectRoot, workspace), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /\.ts$/.test(name) && !/\.test\.ts$|node_modules/.test(name))
    .sort()
    .map((name) => join(workspace, name));
}
