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
  const known = error instanceof BrambleError;
  const text = known ? error.explanation : error instanceof Error ? error.message : String(error);
  process.stderr.write(`bramble: ${text}\n`);
  return known ? exitCodes.environment : 1;
}
