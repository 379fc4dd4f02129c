import { createHash } from 'node:crypto';
import { copyFile, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootPartition, withFolder } from './boot-partition.ts';
import { type CardSettings, cardFiles } from './card-files.ts';
import { sizeText } from './disk.ts';
import { sha256Of } from './image-source.ts';
import { bootAndRoot, type Partition, readPartitions, tableBytes } from './partitions.ts';
import { bootMountPoint, RootPartition } from './root-partition.ts';
import type { Software } from './software.ts';

/** Left free on the boot partition: the first boot writes its log there, and upgrades of the system need some. */
const sparedBytes = 8 * 1_048_576;
const archive = 'board.tar.gz';
const script = fileURLToPath(new URL('../board/first-boot.sh', import.meta.url));

export interface Prepared {
  readonly firstBoot: 'cloud-init' | 'systemd';
  /** Where Bramble and its Node wait for the first boot. */
  readonly softwareIn: 'boot partition' | 'root partition';
}

export interface Layout {
  readonly boot: Partition;
  readonly root: Partition | undefined;
}

/** @param head the first {@link tableBytes} of an image. @throws Error where it is no image of a bootable card */
export function layoutOf(head: Buffer): Layout {
  const partitions = readPartitions(head);
  if (partitions === undefined || partitions.length === 0)
    throw new Error(
      'the image has no partition table: it is no image of a card, or packed in a way that is not known here',
    );
  const { boot, root } = bootAndRoot(partitions);
  if (boot === undefined)
    throw new Error('the image has no FAT partition to boot from: it is no image for a Raspberry Pi');
  return { boot, root };
}

/** Puts settings and software into an image that is written already, and reads them back. Needs root only where the image is a disk. */
export async function prepareCard(
  path: string,
  settings: CardSettings,
  software: Software,
): Promise<Prepared> {
  const layout = layoutOf(await headOf(path));
  const boot = new BootPartition(path, layout.boot);
  const root = layout.root === undefined ? undefined : new RootPartition(path, layout.root);
  const names = await boot.names().catch((error: Error) => {
    throw new Error(`the image's boot partition cannot be read: ${error.message}`);
  });
  const { files, firstBoot } = cardFiles(settings, {
    names,
    commandLine: names.includes('cmdline.txt') ? (await boot.read('cmdline.txt')).toString() : undefined,
    mountedAt: bootMountPoint((await root?.read('/etc/fstab')) ?? ''),
  });
  const fits = (await boot.freeBytes()) >= software.bytes + sparedBytes;
  if (!fits) await putIntoRoot(root, software);
  await withFolder((folder) => putFiles(boot, folder, files, fits ? software : undefined));
  return { firstBoot, softwareIn: fits ? 'boot partition' : 'root partition' };
}

async function putFiles(
  boot: BootPartition,
  folder: string,
  files: ReadonlyMap<string, string>,
  software: Software | undefined,
): Promise<void> {
  await mkdir(join(folder, 'bramble'));
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await copyFile(script, join(folder, 'bramble', 'first-boot.sh'));
  if (software !== undefined) await copyFile(software.path, join(folder, 'bramble', archive));
  const paths = [
    ...files.keys(),
    'bramble/first-boot.sh',
    ...(software === undefined ? [] : [`bramble/${archive}`]),
  ];
  const tops = new Set(paths.map((path) => path.split('/', 1)[0] ?? ''));
  // The hook last: a card that is pulled out before is an ordinary one.
  const ordered = [...tops].sort((a, b) => Number(isHook(a)) - Number(isHook(b)));
  for (const top of ordered) await boot.put(join(folder, top));
  for (const path of paths) await assertSame(boot, path, join(folder, path));
}

const isHook = (name: string): boolean => name === 'cmdline.txt' || name === 'user-data';

async function assertSame(boot: BootPartition, path: string, original: string): Promise<void> {
  const found = createHash('sha256')
    .update(await boot.read(path))
    .digest('hex');
  if (found !== (await sha256Of(original)))
    throw new Error(
      `${path} on the boot partition is not what was written there: the card is broken. Try another one.`,
    );
}

async function putIntoRoot(root: RootPartition | undefined, software: Software): Promise<void> {
  const free = root === undefined ? 0 : await root.freeBytes().catch(() => 0);
  if (root === undefined || free < software.bytes)
    throw new Error(
      `the image has no room for Bramble and its Node (${sizeText(software.bytes)}), neither on its boot partition nor on its root partition: take an image with a larger boot partition`,
    );
  await root.put(software.path, 'bramble-board.tar.gz', software.bytes);
}

async function headOf(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(tableBytes), 0, tableBytes, 0);
  return buffer.subarray(0, bytesRead);
}
