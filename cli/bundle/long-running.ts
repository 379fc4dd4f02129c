import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../project-root.ts';
import { agentEnv, giveBack, type NodeProgram } from './node-program.ts';
import { bundlePlace } from './place.ts';
import { isWhole } from './whole-files.ts';

/** The programs that run for months on a board; `up` and `join` start the agent that lies beside them. */
const mains = { up: 'cli/up/main.ts', join: 'cli/join/main.ts', agent: 'agent/main.ts' } as const;

const maker = fileURLToPath(new URL('make-main.ts', import.meta.url));

/**
 * For processes that run for months: one file with just what the program uses, made when the source has changed, takes a third
 * less memory than 700 modules. Where it cannot be made, as on a full disk, the source is run as it is.
 */
export function longRunning(program: keyof typeof mains, cache: string): NodeProgram {
  const folder = bundlePlace(cache);
  const bundled = (main: string): string => join(folder, main.replace(/\.ts$/, '.js'));
  const all = Object.values(mains);
  const made = (all.every((main) => existsSync(bundled(main))) && isWhole(folder)) || make(folder);
  const main = mains[program];
  return {
    script: made ? bundled(main) : join(projectRoot, main),
    env: program === 'agent' ? agentEnv : giveBack,
  };
}

function make(folder: string): boolean {
  const flags = ['--disable-warning=ExperimentalWarning', maker, folder, ...Object.values(mains)];
  return spawnSync(process.execPath, flags, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}
