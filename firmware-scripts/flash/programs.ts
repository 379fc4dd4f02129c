import { execa } from 'execa';

/** Debian's package of each program that is run here. */
const packages: Readonly<Record<string, string>> = {
  xz: 'xz-utils',
  mcopy: 'mtools',
  mdir: 'mtools',
  mtype: 'mtools',
  mmd: 'mtools',
  minfo: 'mtools',
  debugfs: 'e2fsprogs',
  dd: 'coreutils',
  tar: 'tar',
  npm: 'npm',
};

/** Debian keeps file systems' programs here, outside the path of whoever is not root. */
const systemFolders = ['/usr/sbin', '/sbin'];

/** A person's path, and where programs for administrators are. */
export function programEnvironment(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(':');
  // mtools would doubt a partition that begins inside an image, as it does on every card.
  return { ...process.env, PATH: [...path, ...systemFolders].join(':'), LC_ALL: 'C', MTOOLS_SKIP_CHECK: '1' };
}

export interface RunOptions {
  readonly input?: Uint8Array;
  readonly directory?: string;
}

/** What is asked for is lists and single files of a card's partitions. */
const mostPrinted = 256 * 1_048_576;

/** Runs a program to its end; answers with what it printed. @throws Error with its own words, or naming the package that it is in */
export async function run(
  program: string,
  args: readonly string[],
  { input, directory }: RunOptions = {},
): Promise<Buffer> {
  const { exitCode, stdout, stderr, cause } = await execa(program, [...args], {
    reject: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: mostPrinted,
    env: programEnvironment(),
    extendEnv: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(directory === undefined ? {} : { cwd: directory }),
  });
  if (exitCode === 0) return Buffer.from(stdout);
  if (exitCode === undefined && cause instanceof Error) throw explained(program, cause);
  const said = Buffer.from(stderr).toString().slice(-4_096).trim();
  throw new ProgramError(program, args, exitCode ?? null, said);
}

export class ProgramError extends Error {
  readonly said: string;

  constructor(program: string, args: readonly string[], code: number | null, said: string) {
    super(`${[program, ...args].join(' ')} ended with ${code ?? 'a signal'}: ${said || 'and said nothing'}`);
    this.name = 'ProgramError';
    this.said = said;
  }
}

export function explained(program: string, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  const name = packages[program] ?? program;
  return new Error(
    `the program ${program} is not here: apt-get install ${name} (or your system's package of it)`,
  );
}
