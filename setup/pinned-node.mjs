import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @param {{ project: string, architecture: string }} surroundings
 * @returns {{ command: string, version: string }} the Node that the lock file pins: its absolute path, and its version without `v`
 */
export function pinnedNode({ project, architecture }) {
  const directory = join(project, 'node_modules', `node-linux-${architecture}`);
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return { command: join(directory, 'bin', 'node'), version };
}

/**
 * Makes `node_modules/.bin/node`, which `npm run …` uses, where npm left it out: on arm64 it does, since the lock file's package for
 * x64, which is not installed there, has a program of the same name.
 * @param {{ project: string, architecture: string }} surroundings
 */
export function linkPinnedNode({ project, architecture }) {
  const link = join(project, 'node_modules', '.bin', 'node');
  if (existsSync(link)) return;
  try {
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(join('..', `node-linux-${architecture}`, 'bin', 'node'), link);
  } catch {
    // node_modules of somebody else's: what the launcher starts does not need the link.
  }
}

/**
 * @param {string} pinned
 * @param {string} current `process.version`
 * @returns {string | undefined} the one sentence for a person whose own Node is another one
 */
export function explainNode(pinned, current) {
  if (current === `v${pinned}`) return undefined;
  return `Bramble runs on Node ${pinned} from the project's node_modules; your own Node ${current.slice(1)} was only needed to get here.`;
}
