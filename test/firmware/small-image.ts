import { mkdir, open, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { programEnvironment } from '@bramble/firmware-scripts/flash/programs.ts';
import { succeed } from '../e2e/fixture/commands.ts';

const mib = 1_048_576;

export interface SmallImage {
  readonly bootMib: number;
  readonly rootMib: number;
  /** By path; those of the boot partition, and those of the root partition. */
  readonly boot: Readonly<Record<string, string>>;
  readonly root: Readonly<Record<string, string>>;
}

export const usualImage: SmallImage = {
  bootMib: 24,
  rootMib: 16,
  boot: { 'cmdline.txt': 'console=tty1 root=PARTUUID=1-02 rootwait\n', 'config.txt': 'arm_64bit=1\n' },
  root: { 'etc/fstab': 'PARTUUID=1-01 /boot/firmware vfat defaults 0 2\n', 'etc/hostname': 'raspberrypi\n' },
};

/** An image in the form of Raspberry Pi OS', in a second and without root. */
export async function makeSmallImage(path: string, image: SmallImage): Promise<void> {
  const { bootMib, rootMib } = image;
  const tree = `${path}.tree`;
  const [boot, root] = [`${path}.boot`, `${path}.root`];
  await run('truncate', ['-s', `${1 + bootMib + rootMib}M`, path]);
  const table = `label: dos\nstart=2048, size=${bootMib * 2048}, type=c\nstart=${(1 + bootMib) * 2048}, type=83\n`;
  await run('sfdisk', ['--quiet', path], table);
  await run('truncate', ['-s', `${bootMib}M`, boot]);
  await run('mkfs.vfat', ['-n', 'BOOTFS', boot]);
  for (const [name, text] of Object.entries(image.boot)) {
    await writeFile(`${path}.file`, text);
    await run('mcopy', ['-i', boot, `${path}.file`, `::/${name}`]);
  }
  for (const [name, text] of Object.entries(image.root)) {
    await mkdir(dirname(join(tree, name)), { recursive: true });
    await writeFile(join(tree, name), text);
  }
  await run('mke2fs', ['-q', '-t', 'ext4', '-d', tree, root, `${rootMib}M`]);
  await run('dd', [`if=${boot}`, `of=${path}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none']);
  await run('dd', [
    `if=${root}`,
    `of=${path}`,
    'bs=1M',
    `seek=${1 + bootMib}`,
    'conv=notrunc',
    'status=none',
  ]);
  for (const each of [boot, root, tree, `${path}.file`]) await rm(each, { recursive: true, force: true });
}

/** A file of the boot partition, read with mtools. */
export const onBoot = (path: string, name: string): Promise<string> =>
  run('mtype', ['-i', `${path}@@${mib}`, `::/${name}`]);

/** Names in a folder of the boot partition. */
export async function namesOnBoot(path: string, folder: string): Promise<string[]> {
  const listed = await run('mdir', ['-b', '-i', `${path}@@${mib}`, `::/${folder}`]);
  return listed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^.*\//, ''))
    .sort();
}

/** A file of the root partition, read with debugfs. */
export const onRoot = (path: string, { bootMib }: SmallImage, name: string): Promise<string> =>
  run('debugfs', ['-R', `cat /${name}`, `${path}?offset=${(1 + bootMib) * mib}`]);

/** Flips a byte of a file. */
export async function damage(path: string, position: number): Promise<void> {
  await using file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte.writeUInt8(byte.readUInt8(0) ^ 1);
  await file.write(byte, 0, 1, position);
}

export const cutShort = (path: string, bytes: number): Promise<void> => truncate(path, bytes);

export const run = (program: string, args: readonly string[], input = ''): Promise<string> =>
  succeed(program, args, { env: programEnvironment(), input });
