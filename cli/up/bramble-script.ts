import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubectlFolder } from './kubectl.ts';
import { shellQuoted } from './shell-words.ts';

/** Writes `{dataDir}/bin/bramble`, which runs this very Bramble on this very Node. */
export async function writeBrambleScript(dataDir: string): Promise<void> {
  const bin = kubectlFolder(dataDir);
  await mkdir(bin, { recursive: true });
  const cli = fileURLToPath(new URL('../main.ts', import.meta.url));
  const script = `#!/bin/sh\nexec ${shellQuoted(process.execPath)} ${shellQuoted(cli)} "$@"\n`;
  await writePrivately(join(bin, 'bramble'), script, 0o755);
}

/** For its owner alone, or as `mode` says; whole or not at all. */
export async function writePrivately(path: string, text: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, text, { mode });
  await chmod(`${path}.new`, mode);
  await rename(`${path}.new`, path);
}
