import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { holdSignals, runCommand } from './command.mjs';

const marker = 'written by Bramble for the time of one installation';

/**
 * Does the work while maintainer scripts are told not to start services, by Debian's policy-rc.d. A policy that the machine already has is
 * left alone; one of ours that a killed launcher left behind is removed.
 * @template Result
 * @param {string} policyFile
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withoutStartingServices(policyFile, work) {
  if (existsSync(policyFile) && !readFileSync(policyFile, 'utf8').includes(marker)) return work();
  const signals = holdSignals();
  try {
    writeFileSync(policyFile, `#!/bin/sh\n# ${marker}: no service is started.\nexit 101\n`);
    chmodSync(policyFile, 0o755);
    return await work();
  } finally {
    rmSync(policyFile, { force: true });
    signals.release();
  }
}

/**
 * Does the work, then stops and disables the systemd units which it enabled: they would start at the next boot, and Bramble starts what it
 * needs itself.
 * @template Result
 * @param {{ usesSystemd: boolean, environment: NodeJS.ProcessEnv }} machine
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withoutEnablingUnits({ usesSystemd, environment }, work) {
  if (!usesSystemd) return work();
  const before = await enabledUnits(environment);
  try {
    return await work();
  } finally {
    const added = [...(await enabledUnits(environment))].filter((unit) => !before.has(unit));
    if (added.length > 0) await runCommand('systemctl', ['disable', '--now', ...added], { environment });
  }
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<Set<string>>}
 */
async function enabledUnits(environment) {
  const args = ['list-unit-files', '--state=enabled', '--no-legend', '--no-pager', '--plain'];
  const { output } = await runCommand('systemctl', args, { environment });
  return new Set(
    output
      .split('\n')
      .map((line) => line.trim().split(/\s+/)[0] ?? '')
      .filter((unit) => /^\S+\.\w+$/.test(unit)),
  );
}
