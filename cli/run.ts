import { BrambleError } from '@bramble/protocol/errors.ts';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import { CommanderError } from 'commander';
import { program } from './program.ts';

/** Does what the command line says; what goes wrong becomes a sentence and an exit code. */
export async function run(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    process.exitCode = explain(error);
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`bramble: ${text}\n`);
  if (error instanceof BrambleError) process.stderr.write(`${error.cure}\n`);
  return error instanceof BrambleError ? exitCodes.environment : 1;
}
