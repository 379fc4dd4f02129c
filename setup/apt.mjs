import { excerpt, mustSucceed, runCommand, stopIfInterrupted } from './command.mjs';
import { withoutEnablingUnits, withoutStartingServices } from './services.mjs';
import { SetupError, step } from './steps.mjs';

/** How long apt waits for another package manager, such as the daily upgrade of a fresh machine. */
const lockTimeoutSeconds = 600;
const listsLockRetryMs = 2_000;

/** @type {readonly string[]} */
const commonOptions = ['-o', `DPkg::Lock::Timeout=${lockTimeoutSeconds}`, '-o', 'Acquire::Retries=3'];

/** @param {readonly string[]} packages */
export function installCommand(packages) {
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/**
 * Installs packages as root, and leaves the machine's services as they were.
 * @param {readonly string[]} packages
 * @param {{ policyFile: string, usesSystemd: boolean, environment: NodeJS.ProcessEnv }} machine
 */
export async function installPackages(packages, machine) {
  const environment = {
    ...machine.environment,
    DEBIAN_FRONTEND: 'noninteractive',
    LC_ALL: 'C',
    NEEDRESTART_MODE: 'l',
  };
  await step('apt-get update', () => updateLists(environment));
  const install = [
    'install',
    '-y',
    '--no-install-recommends',
    ...commonOptions,
    '-o',
    'Dpkg::Options::=--force-confold',
    ...packages,
  ];
  const work = () => mustSucceed('apt-get', install, { environment });
  await step(
    `apt-get install ${packages.join(' ')}`,
    () =>
      withoutStartingServices(machine.policyFile, () =>
        withoutEnablingUnits({ ...machine, environment }, work),
      ),
    { announce: `apt-get install ${packages.join(' ')}` },
  );
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
