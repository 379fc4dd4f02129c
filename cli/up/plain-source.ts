import { join } from 'node:path';

/** Where the processes below `bramble up`, and it itself, keep what Node made of the source: the next start is faster. */
export const cacheOf = (dataDir: string): string => join(dataDir, 'cache');

const hook = new URL('./plain-source/register.mjs', import.meta.url).href;

export interface NodeOptions {
  readonly flags: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** For processes that run for months: Node is given the source without its types, and keeps nothing but that in memory. */
export const plainSource = (cache: string): NodeOptions => ({
  flags: ['--import', hook],
  env: { NODE_COMPILE_CACHE: undefined, BRAMBLE_PLAIN_SOURCE: join(cache, 'source') },
});

/** For processes to which the time of a start matters more: Node keeps what it compiled, in memory too, 5 MB. */
export const compiledSource = (cache: string): NodeOptions => ({
  flags: [],
  env: { NODE_COMPILE_CACHE: cache },
});
