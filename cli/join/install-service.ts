import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeDataDir } from '../up/become.ts';
import { joinArguments, serviceUnit, unitName } from './service-unit.ts';
import type { JoinSettings } from './settings.ts';
import { tokenFileOf, writeToken } from './token-file.ts';

/** The directory exists exactly where systemd is process 1 (sd_booted(3)). */
const systemdRuns = '/run/systemd/system';
const units = '/etc/systemd/system';

/** Makes this machine a board whenever it is on. Answers with what to know of it. @throws Error where there is no systemd */
export async function installService(settings: JoinSettings): Promise<string> {
  const unit = unitFor(settings);
  if (!existsSync(systemdRuns))
    throw new Error(
      `nothing was installed: systemd is not process 1 here. Let whatever starts programs at boot run this, as root:\n  ${startLine(unit)}`,
    );
  await makeDataDir(settings.dataDir);
  if (settings.token !== undefined) await writeToken(tokenFileOf(settings.dataDir), settings.token);
  const path = join(units, unitName);
  await writeFile(path, unit, { mode: 0o644 });
  await systemctl(['daemon-reload']);
  await systemctl(['enable', '--now', unitName]);
  return [
    `${path} is written, and the board runs now and whenever this machine is on.`,
    `How it is:  systemctl status ${unitName};  journalctl -u ${unitName}`,
    `Undo it:    systemctl disable --now ${unitName}`,
  ].join('\n');
}

export function unitFor(settings: JoinSettings): string {
  const { dataDir, token } = settings;
  const tokenFile = token === undefined ? settings.tokenFile : tokenFileOf(dataDir);
  return serviceUnit({
    node: process.execPath,
    cli: fileURLToPath(new URL('../main.ts', import.meta.url)),
    args: joinArguments({ ...settings, tokenFile }),
  });
}

function startLine(unit: string): string {
  return /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '';
}

async function systemctl(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('systemctl', args);
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(`systemctl ${args.join(' ')} failed: ${stderr.trim() || message}`);
  }
}
