import { installCommand } from './apt.mjs';
import { SetupError } from './steps.mjs';

/** @typedef {import('./launch.mjs').Findings} Findings */
/** @typedef {import('./launch.mjs').Goal} Goal */

/**
 * @param {Findings} findings
 * @param {Goal} goal
 * @param {{ project: string }} surroundings
 */
export function refuseForPrivilege(findings, goal, { project }) {
  const start = `cd ${quote(project)} && npm ${scriptOf(goal)}`;
  const lines = [
    `npm ${scriptOf(goal)} makes containers and networks, which needs root; this account is not root and cannot use sudo. Nothing was changed.`,
    'Type, with the root password:',
    `    su -c ${quote(start)}`,
  ];
  if (findings.packages.length > 0)
    lines.push('It would also install Debian packages, as root:', `    ${installCommand(findings.packages)}`);
  lines.push(
    'Without root:',
    goal === 'test' ? '    npm test -- check unit sim' : '    npm start -- --controller-only',
  );
  return new SetupError(lines.join('\n'));
}

/**
 * @param {Findings} findings
 * @param {Goal} goal
 */
export function refuseForPackages({ packages, system }, goal) {
  return new SetupError(
    `npm ${scriptOf(goal)} installs packages by apt, which ${system.name} does not use. Nothing was changed.\n` +
      `Install what these Debian packages hold, then try again: ${packages.join(', ')}`,
  );
}

/**
 * Prints what `--no-install` found.
 * @param {Findings} findings
 * @param {Goal} goal
 * @param {import('./privileges.mjs').Privilege} privilege
 * @returns {number} exit code: 0 if nothing is missing
 */
export function tellFindings({ packages, modules, needsRoot }, goal, privilege) {
  const lacks = [];
  if (packages.length > 0)
    lacks.push(
      `Debian packages are missing: ${packages.join(', ')}. As root:\n    ${installCommand(packages)}`,
    );
  if (modules.missing.length > 0) {
    lacks.push(
      `${modules.missing.length} npm packages are missing or of another version:\n    npm ci${goal === 'test' || goal === 'check' ? '' : ' --omit=dev'} --ignore-scripts`,
    );
  }
  if (needsRoot && privilege === 'none')
    lacks.push(
      `npm ${scriptOf(goal)} needs root, and this account is not root; sudo is absent or wants a password.`,
    );
  for (const lack of lacks) console.error(lack);
  console.log(
    lacks.length === 0
      ? `Nothing is missing: npm ${scriptOf(goal)} installs nothing.`
      : 'Nothing was changed (--no-install).',
  );
  return lacks.length === 0 ? 0 : 1;
}

/** @param {string} text */
function quote(text) {
  return /^[\w./@%+:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * As it is typed after `npm`.
 * @param {Goal} goal
 */
function scriptOf(goal) {
  return goal === 'join' || goal === 'demo' ? `run ${goal}` : goal;
}
