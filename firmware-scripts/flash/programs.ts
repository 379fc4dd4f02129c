import { spawn } from 'node:child_process';

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

/** Runs a program to its end; answers with what it printed. @throws Error with its own words, or naming the package that it is in */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: programEnvironment(),
    cwd: options.directory,
  });
  const printed: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => printed.push(bytes));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_096);
  });
  // A program that ends without reading its input breaks the pipe; how it ended says why.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(explained(program, error)));
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(printed));
      else reject(new ProgramError(program, args, code, said.trim()));
    });
  });
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
