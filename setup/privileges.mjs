import { spawnSync } from 'node:child_process';
import { findCommand, searchPath } from './surroundings.mjs';

/** @typedef {import('./surroundings.mjs').Surroundings} Surroundings */
/** @typedef {'root' | 'sudo' | 'none'} Privilege */

/** What the environment keeps on its way through sudo, which empties it. */
const kept =
  /^(CI|TERM|NO_COLOR|FORCE_COLOR|BRAMBLE_\w+|INIT_CWD|NODE_EXTRA_CA_CERTS|(https?|no|all)_proxy)$/i;

/**
 * Asks for sudo's password if somebody is there to type it; changes nothing.
 * @param {Surroundings} surroundings
 * @returns {Privilege}
 */
export function obtainPrivilege(surroundings) {
  const known = knownPrivilege(surroundings);
  if (known !== 'none' || !surroundings.interactive || findCommand(surroundings, 'sudo') === undefined)
    return known;
  return sudoWorks(surroundings, ['-v'], 'inherit') ? 'sudo' : 'none';
}

/**
 * @param {Surroundings} surroundings
 * @returns {Privilege} what can be had without asking anybody
 */
export function knownPrivilege(surroundings) {
  if (surroundings.userId === 0) return 'root';
  return sudoWorks(surroundings, ['-n', 'true'], 'ignore') ? 'sudo' : 'none';
}

/**
 * @param {Surroundings} surroundings
 * @param {string[]} args
 * @param {'inherit' | 'ignore'} stdio
 */
function sudoWorks(surroundings, args, stdio) {
  const sudo = findCommand(surroundings, 'sudo');
  if (sudo === undefined) return false;
  return (
    spawnSync(sudo, args, { stdio, env: { ...surroundings.environment, PATH: searchPath(surroundings) } })
      .status === 0
  );
}

/**
 * @param {Privilege} privilege
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} environment
 * @returns {[string, ...string[]]} the command as root runs it
 */
export function asRoot(privilege, command, environment) {
  const [name = '', ...rest] = command;
  if (privilege === 'root') return [name, ...rest];
  const variables = Object.entries(environment)
    .filter(([key, value]) => value !== undefined && (key === 'PATH' || kept.test(key)))
    .map(([key, value]) => `${key}=${value}`);
  return ['sudo', 'env', ...variables, name, ...rest];
}
