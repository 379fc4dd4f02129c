import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BrambleError } from '@bramble/protocol/errors.ts';
import { exitCodes } from '@bramble/protocol/exit-codes.ts';
import { restoreBackup } from './store/backup/restore.ts';

// `bramble restore` runs this as a process of its own, as `bramble up` does the controller.

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      file: { type: 'string' },
      replace: { type: 'boolean', default: false },
    },
  });
  const { 'data-dir': dataDir, file, replace } = values;
  if (dataDir === undefined || file === undefined) throw new Error('--data-dir and --file are needed');
  const directory = join(dataDir, 'controller', 'store');
  const { storeId, objects, movedTo } = await restoreBackup(file, directory, { replace });
  const aside = movedTo === undefined ? '' : ` The store that was there is now ${movedTo}.`;
  process.stdout.write(`${objects} objects restored into a new store, ${storeId}.${aside}\n`);
}

function explain(error: unknown): void {
  const known = error instanceof BrambleError;
  process.stderr.write(
    `${known ? error.explanation : error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = known ? exitCodes.store : exitCodes.usage;
}

await main().catch(explain);
