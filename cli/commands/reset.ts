import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { requireRoot } from '../up/become.ts';

const entry = fileURLToPath(new URL('../../agent/reset/main.ts', import.meta.url));

export interface ResetOptions {
  readonly dataDir: string;
  readonly yes?: boolean;
  readonly keepStore?: boolean;
  readonly bridge?: string;
}

/** Tells what will be removed, asks, and removes it. Answers with the last words. */
export async function reset(options: ResetOptions): Promise<string> {
  requireRoot('removing containers and networks');
  const planned = await runReset(options, ['--plan']);
  if (planned === '') return (await runReset(options, [])).trim();
  process.stdout.write(`This will be removed:\n${planned.replace(/^/gm, '  ').trimEnd()}\n`);
  if (options.yes !== true && !(await agreed())) return 'Nothing was removed.';
  return (await runReset(options, [])).trim();
}

/** @throws Error where nobody can be asked */
async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error('nothing was removed: say --yes where nobody can be asked');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('It cannot be brought back. Type yes to remove it: ');
  terminal.close();
  return answer.trim() === 'yes';
}

function runReset({ dataDir, keepStore, bridge }: ResetOptions, more: readonly string[]): Promise<string> {
  const args = [
    ...[entry, '--data-dir', resolve(dataDir), ...more],
    ...(keepStore === true ? ['--keep-store'] : []),
    ...(bridge === undefined ? [] : ['--bridge', bridge]),
  ];
  return new Promise((done, failed) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      if (error) failed(new Error(stderr.trim().replace(/^bramble: /, '') || error.message));
      else done(stdout);
    });
  });
}
