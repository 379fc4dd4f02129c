import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../project-root.ts';
import { bundlePlace } from './place.ts';
import { isWhole } from './whole-files.ts';

/** What Node is told to run. */
export interface NodeProgram {
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Where programs of this data directory keep what makes their next start faster. */
export const cacheOf = (dataDir: string): string => join(dataDir, 'cache');

/** The programs that run for months on a board. */
const mains = { agent: 'agent/main.ts', up: 'cli/up/main.ts', join: 'cli/join/main.ts' } as const;

const maker = fileURLToPath(new URL('make-main.ts', import.meta.url));

/**
 * Of glibc's allocator: one arena, and nothing large among what is small, where what the start had used could not be given back.
 * Half of what the agent had allocated would be such holes, 5 MB.
 */
const giveBack: NodeJS.ProcessEnv = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '32768' };

/**
 * For processes that run for months: one file with just what the program uses, made when the source has changed, takes a third
 * less memory than 700 modules. Where it cannot be made, as on a full disk, the source is run as it is.
 */
export function longRunning(program: keyof typeof mains, cache: string): NodeProgram {
  const main = mains[program];
  const folder = bundlePlace(cache);
  const bundled = join(folder, main.replace(/\.ts$/, '.js'));
  const made = (existsSync(bundled) && isWhole(folder)) || make(folder);
  return {
    script: made ? bundled : join(projectRoot, main),
    env: { ...giveBack, NODE_COMPILE_CACHE: undefined },
  };
}

function make(folder: string): boolean {
  const flags = ['--disable-warning=ExperimentalWarning', maker, folder, ...Object.values(mains)];
  return spawnSync(process.execPath, flags, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

/** For processes to which the time of a start matters more: Node keeps what it compiled, in memory too, 5 MB. */
export const compiled = (main: string, cache: string): NodeProgram => ({
  script: join(projectRoot, main),
  // Unless told, glibc keeps blocks as large as the largest that was ever given back among the small ones.
  env: { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072', NODE_COMPILE_CACHE: cache },
});
