import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where a token that was typed lies until it has been used: arguments are for everybody to read. */
export const tokenFileOf = (dataDir: string): string => join(dataDir, 'agent', 'join-token');

export async function writeToken(path: string, token: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `${token}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}
