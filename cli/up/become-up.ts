import { chmod, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { compileCacheOf } from './child-process.ts';
import type { UpSettings } from './settings.ts';

/**
 * Turns this process, which has read the command line, into the one that watches controller and agent for as long as they run:
 * same process id, but without what reading took, two thirds of the memory. Does not return.
 * @throws BrambleError BRAMBLE_NOT_ROOT; the system’s error when the data directory cannot be made.
 */
export async function becomeUp(settings: UpSettings): Promise<never> {
  if (!settings.controllerOnly && process.getuid?.() !== 0)
    throw new BrambleError('BRAMBLE_NOT_ROOT', 'an agent needs root');
  await makeDataDir(settings.dataDir);
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const args = ['--max-semi-space-size=1', main, JSON.stringify(settings)];
  const cache = compileCacheOf(settings.dataDir);
  const env = { ...process.env, NODE_COMPILE_CACHE: cache, MALLOC_ARENA_MAX: '1' };
  // Only Windows lacks it.
  if (!process.execve) throw new Error('bramble up runs on Linux');
  return process.execve(process.execPath, [process.execPath, ...args], env);
}

/** For its owner alone, whatever the umask says, and if it was there before: keys and tokens lie in it. */
async function makeDataDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}
