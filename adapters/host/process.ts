import { BrambleError } from '@bramble/protocol/errors.ts';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';

/** Ends the process in order, with this exit code. */
export type Stop = (code: number) => void;

/**
 * Runs a Bramble process to its end: `start` resolves with how to stop it in order, which is done on SIGTERM, SIGINT, when
 * the parent process that has an IPC channel to it is gone, or when `start` calls what it is given. Exit codes are those of
 * `protocol/exit-codes.ts`.
 */
export async function runProcess(
  name: string,
  start: (stop: Stop) => Promise<() => Promise<void>>,
): Promise<void> {
  const told = Promise.withResolvers<number>();
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
    process.on(signal, () => told.resolve(exitCodes.ok));
  try {
    const finish = await start(told.resolve);
    const code = await told.promise;
    await finish();
    process.exit(code);
  } catch (error) {
    end(name, error);
  }
}

/** Says why, and ends the process: for failures that nothing above can handle. */
export function end(name: string, error: unknown): never {
  process.stderr.write(`${name}: ${explain(error)}\n`);
  process.exit(exitCodeOf(error));
}

/** The command line is wrong: what and how it should be is in the message. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A person reads what is wrong and what to do; everything else is for a bug report, with its stack. */
function explain(error: unknown): string {
  if (error instanceof BrambleError) return error.explanation;
  if (error instanceof UsageError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage;
  if (!(error instanceof BrambleError)) return exitCodes.supervision;
  if (error.code === 'BRAMBLE_CONTROLLER_UNREACHABLE') return exitCodes.unreachable;
  return error.code.startsWith('BRAMBLE_STORE') ? exitCodes.store : exitCodes.environment;
}
