import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Everything outside the project that the launcher looks at or changes. Tests hand in another one.
 * @typedef {object} Surroundings
 * @property {string} project absolute path of the checkout
 * @property {string} root where the machine's files begin, `/` but in tests
 * @property {string[]} systemDirectories searched for commands after PATH, since Debian leaves sbin out of a user's PATH
 * @property {string} policyFile the file that maintainer scripts ask before they start a service
 * @property {number} userId effective user id; 0 is root
 * @property {string} platform
 * @property {string} architecture as Node names it
 * @property {boolean} interactive whether somebody can be asked for a password
 * @property {NodeJS.ProcessEnv} environment
 */

/** @returns {Surroundings} */
export function realSurroundings() {
  return {
    project: dirname(dirname(fileURLToPath(import.meta.url))),
    root: '/',
    systemDirectories: ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
    policyFile: '/usr/sbin/policy-rc.d',
    userId: process.geteuid ? process.geteuid() : 0,
    platform: process.platform,
    architecture: process.arch,
    interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
    environment: process.env,
  };
}

/**
 * The PATH for what the launcher runs. Without node_modules/.bin, which npm puts first: npm must not run on a
 * Node that it is about to replace.
 * @param {Surroundings} surroundings
 * @returns {string}
 */
export function searchPath({ environment, project, systemDirectories }) {
  const own = join(project, 'node_modules');
  const inherited = (environment.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory && !directory.startsWith(own));
  return [...new Set([...inherited, ...systemDirectories])].join(delimiter);
}

/**
 * @param {Surroundings} surroundings
 * @param {string} name
 * @returns {string | undefined} absolute path of the command
 */
export function findCommand(surroundings, name) {
  return searchPath(surroundings)
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path));
}
