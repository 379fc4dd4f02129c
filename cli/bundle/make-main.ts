import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../project-root.ts';
import { isWhole, writeWhole } from './whole-files.ts';

// Makes bundles of programs: `make-main.ts FOLDER PROGRAM…`. A process of its own, since the bundler takes memory and time that
// whoever runs the bundle should not keep.
const [folder = '', ...programs] = process.argv.slice(2);
/** An agent that still runs from the bundle before this one may load a part of it yet. */
const kept = 2;

try {
  await make();
  forgetOld();
} catch (error) {
  const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
  process.stderr.write(`bramble runs from its source, and takes more memory: no bundle of it (${reason})\n`);
  process.exitCode = 1;
}

async function make(): Promise<void> {
  // Where npm was told to leave optional packages out, its program is not there.
  const { bundlePrograms } = await import('@bramble/adapters/esbuild/bundle.ts');
  writeWhole(folder, await bundlePrograms(projectRoot, programs, folder));
  if (!isWhole(folder)) throw new Error(`${folder}: what was written is not what is there`);
}

function forgetOld(): void {
  const all = dirname(folder);
  const newestFirst = readdirSync(all)
    .map((name) => join(all, name))
    .map((path) => ({ path, time: path === folder ? Number.POSITIVE_INFINITY : statSync(path).mtimeMs }))
    .sort((one, other) => other.time - one.time);
  for (const { path } of newestFirst.slice(kept)) rmSync(path, { recursive: true });
}
