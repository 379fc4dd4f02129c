import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface BrokerConfigOptions {
  readonly dataDir: string;
  readonly host?: readonly string[];
  readonly port: string;
  readonly usersPort: string;
  readonly out?: string;
  readonly at?: string;
  readonly user?: string;
  readonly plugin?: string;
  readonly newAccess?: boolean;
}

const entry = fileURLToPath(new URL('../../controller/broker-config.ts', import.meta.url));

/** Runs the controller's part as a process of its own. Resolves with what to do next; @throws Error with its reason. */
export function writeBrokerConfig(options: BrokerConfigOptions): Promise<string> {
  const dataDir = resolve(options.dataDir);
  const { host = [], port, usersPort, out = join(dataDir, 'mosquitto'), at, user, plugin } = options;
  const given = { at, user, plugin };
  const args = [
    ...[entry, '--data-dir', dataDir, '--out', out, '--port', port, '--users-port', usersPort],
    ...host.flatMap((name) => ['--host', name]),
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    ...(options.newAccess ? ['--new-access'] : []),
  ];
  return new Promise((done, failed) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      if (error) failed(new Error(stderr.trim().replace(/^broker-config: /, '') || error.message));
      else done(stdout.trim());
    });
  });
}
