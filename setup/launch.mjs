import { join } from 'node:path';
import { parseArguments, testsNeedMachine } from './arguments.mjs';
import { mustSucceed, runCommand } from './command.mjs';
import { identifySystem, refuseMachine } from './machine.mjs';
import { inspectModules, installModules, requireNpm } from './npm.mjs';
import { missingPackages } from './packages.mjs';
import { explainNode, linkPinnedNode, pinnedNode } from './pinned-node.mjs';
import { asRoot, knownPrivilege, obtainPrivilege } from './privileges.mjs';
import { refuseForPackages, refuseForPrivilege, tellFindings } from './refusals.mjs';
import { SetupError, step } from './steps.mjs';
import { realSurroundings, searchPath } from './surroundings.mjs';

/** @typedef {import('./surroundings.mjs').Surroundings} Surroundings */
/** @typedef {import('./arguments.mjs').Options} Options */
/** @typedef {'start' | 'join' | 'demo' | 'test' | 'check'} Goal */

/**
 * What has to be done before the goal, as found without changing anything.
 * @typedef {object} Findings
 * @property {boolean} needsRoot
 * @property {boolean} withDev
 * @property {string[]} packages missing Debian packages
 * @property {import('./npm.mjs').ModulesState} modules
 * @property {{ name: string, usesApt: boolean }} system
 */

/**
 * Looks at everything, refuses or installs, then runs the goal on the pinned Node.
 * @param {Goal} goal
 * @param {readonly string[]} argv
 * @param {Surroundings} [surroundings]
 * @returns {Promise<number>} the process's exit code
 */
export async function launch(goal, argv, surroundings = realSurroundings()) {
  const options = parseArguments(argv, surroundings.environment);
  try {
    const findings = await step('this machine, its packages and node_modules are looked at', () =>
      look(goal, options, surroundings),
    );
    if (options.noInstall) return tellFindings(findings, goal, knownPrivilege(surroundings));
    const privilege = findings.needsRoot ? allow(goal, findings, surroundings) : 'none';
    await install(findings, privilege, surroundings);
    return await run(commandOf(goal, options), findings.needsRoot ? privilege : 'root', surroundings);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return error.exitCode;
  }
}

/**
 * @param {Goal} goal
 * @param {Options} options
 * @param {Surroundings} surroundings
 * @returns {Findings}
 */
function look(goal, options, surroundings) {
  const refusals = refuseMachine(surroundings);
  if (refusals.length > 0) throw new SetupError(refusals.join('\n'));
  const needsRoot =
    goal === 'join' ||
    goal === 'demo' ||
    (goal === 'start' && !options.controllerOnly) ||
    (goal === 'test' && testsNeedMachine(options.passedOn));
  const packages =
    goal === 'check' || !needsRoot ? [] : missingPackages(surroundings, goal === 'test' ? 'test' : 'start');
  const withDev = goal === 'test' || goal === 'check';
  return {
    needsRoot,
    withDev,
    packages: packages.map(({ name }) => name),
    modules: inspectModules(surroundings, withDev),
    system: identifySystem(surroundings),
  };
}

/**
 * Everything that could stop us later is asked here, before anything is changed.
 * @param {Goal} goal
 * @param {Findings} findings
 * @param {Surroundings} surroundings
 */
function allow(goal, findings, surroundings) {
  if (findings.packages.length > 0 && !findings.system.usesApt) throw refuseForPackages(findings, goal);
  if (findings.modules.missing.length > 0) requireNpm(surroundings);
  if (goal === 'demo' && surroundings.userId !== 0)
    console.log(
      'npm run demo makes network namespaces and containers, which needs root: sudo may ask for a password.',
    );
  const privilege = obtainPrivilege(surroundings);
  if (privilege === 'none') throw refuseForPrivilege(findings, goal, surroundings);
  return privilege;
}

/**
 * @param {Findings} findings
 * @param {import('./privileges.mjs').Privilege} privilege
 * @param {Surroundings} surroundings
 */
async function install({ packages, modules, withDev }, privilege, surroundings) {
  if (packages.length > 0) {
    const environment = { ...surroundings.environment, PATH: searchPath(surroundings) };
    const script = join(surroundings.project, 'setup', 'install-packages.mjs');
    const [command, ...args] = asRoot(
      privilege,
      [process.execPath, script, surroundings.root, surroundings.policyFile, ...packages],
      environment,
    );
    await mustSucceed(command, args, { environment, output: 'shown' });
    const lacking = missingPackages(surroundings, withDev ? 'test' : 'start').map(({ name }) => name);
    if (lacking.length > 0)
      throw new SetupError(`apt ended well, but these are still not found: ${lacking.join(', ')}.`);
  }
  if (modules.missing.length > 0) {
    const announce = `npm packages: ${modules.missing.length} to be installed, up to a minute or two the first time`;
    await step('npm packages', () => installModules(surroundings, modules, withDev), { announce });
  }
  linkPinnedNode(surroundings);
}

/**
 * @param {Goal} goal
 * @param {Options} options
 * @returns {string[]} the program, relative to the project, and its arguments
 */
function commandOf(goal, { controllerOnly, passedOn }) {
  if (goal === 'start')
    return ['cli/main.ts', 'up', ...(controllerOnly ? ['--controller-only'] : []), ...passedOn];
  if (goal === 'join') return ['cli/main.ts', 'join', ...passedOn];
  if (goal === 'demo') return ['test/demo/main.ts', ...passedOn];
  return ['test/run.ts', ...(goal === 'check' ? ['check'] : passedOn)];
}

/**
 * @param {string[]} program
 * @param {import('./privileges.mjs').Privilege} privilege
 * @param {Surroundings} surroundings
 * @returns {Promise<number>}
 */
async function run([script = '', ...args], privilege, surroundings) {
  const node = pinnedNode(surroundings);
  const sentence = explainNode(node.version, process.version);
  if (sentence !== undefined) console.log(sentence);
  const environment = { ...surroundings.environment, PATH: searchPath(surroundings) };
  const [command, ...rest] = asRoot(
    privilege,
    [node.command, join(surroundings.project, script), ...args],
    environment,
  );
  const ended = await runCommand(command, rest, { environment, output: 'shown' });
  return ended.exitCode;
}
