import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project-root.ts';

/** What Node is told to run. */
export interface NodeProgram {
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Where programs of this data directory keep what makes their next start faster. */
export const cacheOf = (dataDir: string): string => join(dataDir, 'cache');

/**
 * Of glibc's allocator: one arena, and nothing large among what is small, where what the start had used could not be given back.
 * Half of what the agent had allocated would be such holes, 5 MB.
 */
export const giveBack: NodeJS.ProcessEnv = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '32768',
  // What is free at the end of its heap goes back soon: another fifth of a MB.
  MALLOC_TOP_PAD_: '8192',
  MALLOC_TRIM_THRESHOLD_: '32768',
  NODE_COMPILE_CACHE: undefined,
};

/** An agent trusts the fleet's own authority and no other; Node would read these at its start, and keep 1 MB of them. */
export const agentEnv: NodeJS.ProcessEnv = { ...giveBack, NODE_EXTRA_CA_CERTS: undefined };

/**
 * The agent out of the bundle, or the source, that this program came from: `cli/up` and `cli/join` look no further. Where the
 * bundle was removed while they ran, it is the source.
 */
export function agentBeside(ownScript: string): NodeProgram {
  const [, folder, extension] = /^(.*)\/cli\/(?:up|join)\/main\.([jt]s)$/.exec(ownScript) ?? [];
  if (folder === undefined) throw new Error(`${ownScript} is neither cli/up nor cli/join`);
  const beside = join(folder, 'agent', `main.${extension}`);
  const script = existsSync(beside) ? beside : join(projectRoot, 'agent', 'main.ts');
  return { script, env: agentEnv };
}

/** For processes to which the time of a start matters more: Node keeps what it compiled, in memory too, 5 MB. */
export const compiled = (main: string, cache: string): NodeProgram => ({
  script: join(projectRoot, main),
  env: {
    MALLOC_ARENA_MAX: '1',
    // Node has two buffers of 16 KiB for each TLS connection, and uses the first hundreds of bytes. By themselves, not among
    // small blocks whose pages were used before, they take a page each.
    MALLOC_MMAP_THRESHOLD_: '16384',
    MALLOC_TOP_PAD_: '8192',
    // The kernel allows a process 65,530 mappings; V8 needs some of them.
    MALLOC_MMAP_MAX_: '40000',
    NODE_COMPILE_CACHE: cache,
  },
});
