import { readFileSync } from 'node:fs';
import { join } from 'node:path';

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
 * @param {string} pinned
 * @param {string} current `process.version`
 * @returns {string | undefined} the one sentence for a person whose own Node is another one
 */
export function explainNode(pinned, current) {
  if (current === `v${pinned}`) return undefined;
  return `Bramble runs on Node ${pinned} from the project's node_modules; your own Node ${current.slice(1)} was only needed to get here.`;
}
