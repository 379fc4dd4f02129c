import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Calls `body` with a new directory, and removes it with all it holds afterwards. */
export async function inTemporaryDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bramble-store-'));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
