import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../controller/restore.ts', import.meta.url));

/** Runs the controller's restore as a process of its own. Resolves with what it says; @throws Error with its reason. */
export function restoreBackup(file: string, dataDir: string, replace: boolean): Promise<string> {
  const args = [
    entry,
    '--data-dir',
    resolve(dataDir),
    '--file',
    resolve(file),
    ...(replace ? ['--replace'] : []),
  ];
  return new Promise((done, failed) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      if (error) failed(new Error(stderr.trim() || error.message));
      else done(stdout.trim());
    });
  });
}
