import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { excerpt, mustSucceed, runCommand, stopIfInterrupted } from './command.mjs';
import { byTreatment, unpackedFolder } from './packages.mjs';
import { withoutEnablingUnits, withoutStartingServices } from './services.mjs';
import { SetupError, step } from './steps.mjs';

/** How long apt waits for another package manager, such as the daily upgrade of a fresh machine. */
const lockTimeoutSeconds = 600;
const listsLockRetryMs = 2_000;

/** @type {readonly string[]} */
const commonOptions = ['-o', `DPkg::Lock::Timeout=${lockTimeoutSeconds}`, '-o', 'Acquire::Retries=3'];

/**
 * @param {readonly string[]} packages
 * @returns {string} what a person types, as root, in one line of a shell
 */
export function installCommand(packages) {
  const { installed, unpacked } = byTreatment(packages);
  const commands = ['apt-get update'];
  if (installed.length > 0)
    commands.push(`apt-get install -y --no-install-recommends ${installed.join(' ')}`);
  for (const name of unpacked) {
    commands.push(`mkdir -p /${unpackedFolder}`, 'cd "$(mktemp -d)"', `apt-get download ${name}`);
    commands.push(`dpkg -x ${name}_*.deb /${unpackedFolder}/${name}`);
  }
  return commands.join(' && ');
}

/**
 * @typedef {object} Machine
 * @property {string} policyFile
 * @property {string} root where the machine's files begin
 * @property {boolean} usesSystemd
 * @property {NodeJS.ProcessEnv} environment
 */

/**
 * Installs packages as root, and leaves the machine's services as they were.
 * @param {readonly string[]} packages
 * @param {Machine} machine
 */
export async function installPackages(packages, machine) {
  const environment = {
    ...machine.environment,
    DEBIAN_FRONTEND: 'noninteractive',
    LC_ALL: 'C',
    NEEDRESTART_MODE: 'l',
  };
  const { installed, unpacked } = byTreatment(packages);
  await step('apt-get update', () => updateLists(environment));
  if (installed.length > 0) await install(installed, { ...machine, environment });
  for (const name of unpacked)
    await step(`${name}, unpacked and not installed`, () => unpack(name, { ...machine, environment }));
}

/**
 * @param {readonly string[]} packages
 * @param {Machine} machine
 */
async function install(packages, machine) {
  const { environment } = machine;
  const args = [
    'install',
    '-y',
    '--no-install-recommends',
    ...commonOptions,
    '-o',
    'Dpkg::Options::=--force-confold',
    ...packages,
  ];
  const work = () => mustSucceed('apt-get', args, { environment });
  const name = `apt-get install ${packages.join(' ')}`;
  await step(
    name,
    () => withoutStartingServices(machine.policyFile, () => withoutEnablingUnits(machine, work)),
    { announce: name },
  );
}

/**
 * Beside its final place first: what was killed half-way must not be taken for the whole.
 * @param {string} name
 * @param {Machine} machine
 */
async function unpack(name, { root, environment }) {
  const folder = join(root, unpackedFolder);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const half = mkdtempSync(join(folder, 'new-'));
  try {
    await mustSucceed('apt-get', ['download', ...commonOptions, name], { environment, directory: half });
    const [archive = ''] = readdirSync(half);
    await mustSucceed('dpkg', ['-x', archive, 'whole'], { environment, directory: half });
    rmSync(join(folder, name), { recursive: true, force: true });
    renameSync(join(half, 'whole'), join(folder, name));
  } finally {
    rmSync(half, { recursive: true, force: true });
  }
}

/**
 * apt's lock timeout does not cover the lock on the package lists, so this waits for it. Another failure is only shown: one broken
 * source must not stop packages that come from the others.
 * @param {NodeJS.ProcessEnv} environment
 */
async function updateLists(environment) {
  const deadlineMs = performance.now() + lockTimeoutSeconds * 1000;
  for (let attempt = 1; ; attempt += 1) {
    const ended = await runCommand('apt-get', ['update', ...commonOptions], { environment });
    stopIfInterrupted(ended);
    if (ended.exitCode === 0) return;
    if (!isLocked(ended.output))
      return console.error(
        `${excerpt(ended.output)}apt-get update failed; going on with the lists that are here.`,
      );
    if (performance.now() > deadlineMs)
      throw new SetupError(`${excerpt(ended.output)}Another package manager still holds apt's lock.`);
    if (attempt === 1) console.log("[...] waiting for another package manager to release apt's lock");
    await new Promise((resolve) => setTimeout(resolve, listsLockRetryMs));
  }
}

/** @param {string} output */
export function isLocked(output) {
  return /Could not get lock|Unable to (acquire|lock)/.test(output);
}
