import { type ChildProcess, type ExecFileException, execFile } from 'node:child_process';

export interface RunOptions {
  readonly timeoutMs: number;
  readonly input?: string | Uint8Array;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** More output than this (characters, each stream) ends the command. Default 1 Mi. */
  readonly outputLimit?: number;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Run = (command: string, args: readonly string[], options: RunOptions) => Promise<RunResult>;

/** The command gave no exit code: it is missing, took too long, said too much, was cancelled or killed. */
export class RunError extends Error {
  readonly reason: 'missing' | 'timeout' | 'output' | 'cancelled' | 'killed';

  constructor(reason: RunError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RunError';
    this.reason = reason;
  }
}

/** What is told to end and does not is killed. */
const killAfterMs = 5_000;

/**
 * Runs a program without a shell and resolves with its exit code, whatever it is.
 * @throws RunError when there is no exit code.
 */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const settings = {
      timeout: options.timeoutMs,
      maxBuffer: options.outputLimit ?? 1_048_576,
      ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    const child = execFile(command, [...args], settings, (error, stdout, stderr) => {
      clearTimeout(killing);
      const code = exitCode(child, error);
      if (code === undefined) reject(failure(command, options, stderr, error));
      else resolve({ code, stdout, stderr });
    });
    const killing = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs + killAfterMs);
    // Who reads no input and ends breaks the pipe; its exit code says how that went.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  });
}

/** `undefined` where the program did not end by itself. */
function exitCode({ killed }: ChildProcess, error: ExecFileException | null): number | undefined {
  if (killed) return undefined;
  if (!error) return 0;
  return typeof error.code === 'number' ? error.code : undefined;
}

function failure(
  command: string,
  options: RunOptions,
  stderr: string,
  error: ExecFileException | null,
): RunError {
  const said = stderr === '' ? '' : `: ${stderr.trim()}`;
  const code: unknown = error?.code;
  if (options.signal?.aborted) return new RunError('cancelled', `${command} was cancelled`);
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return new RunError('output', `${command} wrote more than it may`);
  if (typeof code === 'string')
    return new RunError('missing', `${command}: ${error?.message}`, { cause: error });
  if (error?.killed !== false)
    return new RunError('timeout', `${command} did not end within ${options.timeoutMs} ms${said}`);
  return new RunError('killed', `${command} was killed by ${error.signal}${said}`);
}
