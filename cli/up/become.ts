import { chmod, mkdir } from 'node:fs/promises';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { longRunning } from '../bundle/long-running.ts';
import { cacheOf } from '../bundle/node-program.ts';

/**
 * Turns this process, which has read the command line, into the one that watches Bramble's programs for as long as they run:
 * same process id, but without what reading took, two thirds of the memory. Does not return.
 * @param program reads its settings, JSON, from its first argument
 * @throws the system’s error when the data directory cannot be made.
 */
export async function become(program: 'up' | 'join', settings: { readonly dataDir: string }): Promise<never> {
  await makeDataDir(settings.dataDir);
  const { script, env: own } = longRunning(program, cacheOf(settings.dataDir));
  const args = ['--max-semi-space-size=1', script, JSON.stringify(settings)];
  const env: NodeJS.ProcessEnv = { ...process.env, ...own };
  // `execve` takes no undefined.
  delete env['NODE_COMPILE_CACHE'];
  // Only Windows lacks it.
  if (!process.execve) throw new Error('Bramble runs on Linux');
  return process.execve(process.execPath, [process.execPath, ...args], env);
}

/** @throws BrambleError BRAMBLE_NOT_ROOT */
export function requireRoot(what: string): void {
  if (process.getuid?.() !== 0) throw new BrambleError('BRAMBLE_NOT_ROOT', `${what} needs root`);
}

/** For its owner alone, whatever the umask says, and if it was there before: keys and tokens lie in it. */
export async function makeDataDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}
