import { execa } from 'execa';

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

/**
 * Runs a program without a shell and resolves with its exit code, whatever it is.
 * @throws RunError when there is no exit code.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const result = await execa(command, [...args], {
    reject: false,
    stripFinalNewline: false,
    timeout: options.timeoutMs,
    maxBuffer: options.outputLimit ?? 1_048_576,
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
  });
  if (!result.isMaxBuffer && !result.timedOut && !result.isCanceled && result.exitCode !== undefined) {
    return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  }
  throw failure(command, options, result);
}

interface Ending {
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  readonly isMaxBuffer: boolean;
  readonly signal?: string | undefined;
  readonly stderr?: unknown;
  readonly cause?: unknown;
}

function failure(command: string, options: RunOptions, ending: Ending): RunError {
  const said = typeof ending.stderr === 'string' && ending.stderr !== '' ? `: ${ending.stderr.trim()}` : '';
  if (ending.isCanceled) return new RunError('cancelled', `${command} was cancelled`);
  if (ending.timedOut) {
    return new RunError('timeout', `${command} did not end within ${options.timeoutMs} ms${said}`);
  }
  if (ending.isMaxBuffer) return new RunError('output', `${command} wrote more than it may`);
  if (ending.signal !== undefined) {
    return new RunError('killed', `${command} was killed by ${ending.signal}${said}`);
  }
  const reason = ending.cause instanceof Error ? ending.cause.message : 'it could not be started';
  return new RunError('missing', `${command}: ${reason}`, { cause: ending.cause });
}
