import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nothing, type Tally } from './tally.ts';

interface CheckCommand {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
}

/** The checks that other programs do; the project's own rules are tests in test/rules. */
export const checkCommands: readonly CheckCommand[] = [
  {
    name: 'format and lint (biome ci)',
    script: '@biomejs/biome/bin/biome',
    args: ['ci', '--colors=off', '.'],
  },
  { name: 'types (tsc)', script: 'typescript/bin/tsc', args: ['-p', '.'] },
  {
    name: 'types of the dashboard (tsc -p dashboard)',
    script: 'typescript/bin/tsc',
    args: ['-p', 'dashboard'],
  },
  { name: 'types of the launcher (tsc -p setup)', script: 'typescript/bin/tsc', args: ['-p', 'setup'] },
];

/** @param project absolute path; node_modules in it holds the programs, which run on this same Node */
export function runCheckCommand(project: string, { name, script, args }: CheckCommand): Tally {
  const program = join(project, 'node_modules', script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: project,
    encoding: 'utf8',
  });
  if (status === 0) return { ...nothing, passed: 1 };
  return { ...nothing, failed: 1, failures: [`${name}\n${stdout}${stderr}`.trimEnd()] };
}
