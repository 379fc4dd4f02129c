import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustSucceed } from './command.mjs';
import { SetupError } from './steps.mjs';
import { findCommand, searchPath } from './surroundings.mjs';

/** @typedef {import('./surroundings.mjs').Surroundings} Surroundings */

/**
 * One package as lock files describe it.
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {boolean} [devOptional]
 * @property {string | string[]} [os]
 * @property {string | string[]} [cpu]
 * @property {string | string[]} [libc]
 */

/** @typedef {Record<string, LockedPackage>} LockedPackages by path, like `node_modules/zod` */

/**
 * @typedef {object} ModulesState
 * @property {string[]} missing paths that the lock file asks for and that are absent or of another version
 * @property {boolean} productionComplete nothing is missing but dev dependencies
 * @property {boolean} hasDev dev dependencies are installed
 */

/**
 * Compares the lock file with npm's own record of what it put into node_modules (`node_modules/.package-lock.json`, written last: an interrupted
 * `npm ci` leaves none). No stamp of ours could know of an `npm install` done by hand.
 * @param {LockedPackages} wanted
 * @param {LockedPackages} installed
 * @param {{ architecture: string, withDev: boolean, exists: (path: string) => boolean }} options
 * @returns {ModulesState}
 */
export function compareModules(wanted, installed, { architecture, withDev, exists }) {
  const needed = Object.entries(wanted).filter(
    ([path, entry]) =>
      path.includes('node_modules/') && isForMachine(entry, architecture) && (withDev || !entry.dev),
  );
  const absent = needed.filter(([path, entry]) => !isSame(entry, installed[path]) || !exists(path));
  return {
    missing: absent.map(([path]) => path),
    productionComplete: absent.every(([, entry]) => entry.dev),
    hasDev: Object.entries(installed).some(([path, entry]) => entry.dev && exists(path)),
  };
}

/**
 * Optional packages made for a machine hold its binaries and are needed there; other optional ones (kubectl's) may be absent.
 * @param {LockedPackage} entry
 * @param {string} architecture
 */
function isForMachine(entry, architecture) {
  const fits = matches(entry.os, 'linux') && matches(entry.cpu, architecture) && matches(entry.libc, 'glibc');
  return fits && (!entry.optional || entry.cpu !== undefined);
}

/**
 * @param {string | string[] | undefined} list names, or names to be avoided with a leading `!`
 * @param {string} name
 */
function matches(list, name) {
  const names = list === undefined ? [] : [list].flat();
  if (names.includes(`!${name}`)) return false;
  const allowed = names.filter((each) => !each.startsWith('!'));
  return allowed.length === 0 || allowed.includes(name);
}

/**
 * @param {LockedPackage} wanted
 * @param {LockedPackage | undefined} found
 */
function isSame(wanted, found) {
  return (
    found !== undefined &&
    wanted.version === found.version &&
    wanted.integrity === found.integrity &&
    wanted.link === found.link
  );
}

/**
 * @param {Surroundings} surroundings
 * @param {boolean} withDev
 * @returns {ModulesState}
 */
export function inspectModules({ project, architecture }, withDev) {
  const wanted = readPackages(join(project, 'package-lock.json'));
  if (wanted === undefined)
    throw new SetupError(
      `package-lock.json is missing or damaged in ${project}: check the project out anew.`,
    );
  const installed = readPackages(join(project, 'node_modules/.package-lock.json')) ?? {};
  const exists = (/** @type {string} */ path) => existsSync(join(project, path, 'package.json'));
  return compareModules(wanted, installed, { architecture, withDev, exists });
}

/**
 * @param {string} file
 * @returns {LockedPackages | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * The npm command that brings node_modules to the lock file. Install scripts never run: no package of ours needs one, and so it is
 * the same whether npm blocks them or not. Where only dev dependencies are missing they are added beside the rest, since a running
 * Bramble may be using it; dev dependencies that are there are kept.
 * @param {ModulesState} state
 * @param {boolean} withDev
 * @returns {string[]}
 */
export function installArguments(state, withDev) {
  const dev = withDev || state.hasDev ? '--include=dev' : '--omit=dev';
  const command = state.productionComplete ? ['install', '--no-save'] : ['ci'];
  return [
    ...command,
    dev,
    '--include=optional',
    '--ignore-scripts',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--no-progress',
  ];
}

/**
 * @param {Surroundings} surroundings
 * @param {ModulesState} state
 * @param {boolean} withDev
 */
export async function installModules(surroundings, state, withDev) {
  const environment = { ...surroundings.environment, PATH: searchPath(surroundings) };
  await mustSucceed(requireNpm(surroundings), installArguments(state, withDev), {
    environment,
    directory: surroundings.project,
  });
  const { missing } = inspectModules(surroundings, withDev);
  if (missing.length === 0) return;
  throw new SetupError(
    `npm ended without an error but left out ${missing.join(', ')}.\n` +
      'It does so when an optional package cannot be downloaded: check the network and npm\'s "omit", "os" and "cpu" settings, then try again.',
  );
}

/**
 * @param {Surroundings} surroundings
 * @returns {string} npm's path
 */
export function requireNpm(surroundings) {
  const npm = findCommand(surroundings, 'npm');
  if (npm === undefined)
    throw new SetupError('npm is not in PATH. Install it (Debian: apt-get install npm), then try again.');
  return npm;
}
