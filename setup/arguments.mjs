/**
 * @typedef {object} Options
 * @property {boolean} noInstall only check and tell
 * @property {boolean} controllerOnly no agent on this machine: no root, no containers
 * @property {string[]} passedOn everything else, for `bramble up` or the test runner, in its order
 */

/**
 * @param {readonly string[]} argv
 * @param {NodeJS.ProcessEnv} environment npm swallows `npm start --no-install` (without `--`) and leaves a trace of it here
 * @returns {Options}
 */
export function parseArguments(argv, environment) {
  const ours = ['--no-install', '--controller-only'];
  return {
    noInstall: argv.includes('--no-install') || environment.npm_config_install === '',
    controllerOnly: argv.includes('--controller-only') || environment.npm_config_controller_only === 'true',
    passedOn: argv.filter((argument) => !ours.includes(argument)),
  };
}

/** The stages of `npm test` that need neither root nor Debian packages. */
const plainStages = ['check', 'unit', 'sim'];

/**
 * @param {readonly string[]} filters arguments of `npm test`: stages or paths; none means everything
 * @returns {boolean} whether the chosen tests run containers and networks
 */
export function testsNeedMachine(filters) {
  const chosen = filters.filter((filter) => !filter.startsWith('-'));
  return (
    chosen.length === 0 || chosen.some((filter) => !plainStages.includes(filter) && !isPlainPath(filter))
  );
}

/** @param {string} filter */
function isPlainPath(filter) {
  return /[/.]/.test(filter) && !/(^|\/)(e2e|conformance)(\/|$)/.test(filter);
}
