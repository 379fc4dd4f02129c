import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Disk, DiskPart } from './disk.ts';

/** Where the kernel tells of its disks; tests give folders of their own. */
export interface KernelView {
  readonly sys: string;
  readonly proc: string;
}

export const thisKernel: KernelView = { sys: '/sys', proc: '/proc' };

const sectorBytes = 512;

/**
 * The disk with that device number (`8:16`).
 * @throws Error where it is a partition, or no disk that the kernel knows
 */
export async function readDisk(device: string, view: KernelView = thisKernel): Promise<Disk> {
  const folder = await realpath(join(view.sys, 'dev', 'block', device)).catch(() => {
    throw new Error(`the kernel knows no disk with the number ${device}`);
  });
  const name = basename(folder);
  if ((await text(join(folder, 'partition'))) !== '')
    throw new Error(`/dev/${name} is a partition: name the whole disk, /dev/${basename(join(folder, '..'))}`);
  const uses = await readUses(view);
  const entries = (await readdir(folder)).sort(byNumber);
  const parts: DiskPart[] = [];
  for (const entry of entries) {
    if ((await text(join(folder, entry, 'partition'))) !== '')
      parts.push(await readPart(join(folder, entry), uses));
  }
  return {
    name,
    bytes: Number(await text(join(folder, 'size'))) * sectorBytes,
    model: [await text(join(folder, 'device', 'vendor')), await modelOf(folder)].join(' ').trim(),
    isReadOnly: (await text(join(folder, 'ro'))) === '1',
    isRemovable: isCard(folder, name) || (await text(join(folder, 'removable'))) === '1',
    whole: await readPart(folder, uses),
    parts,
  };
}

/** Card readers that are soldered in call their cards not removable. */
const isCard = (folder: string, name: string): boolean =>
  /^mmcblk\d+$/.test(name) || /\/usb\d+\//.test(folder);

const modelOf = async (folder: string): Promise<string> =>
  (await text(join(folder, 'device', 'model'))) || (await text(join(folder, 'device', 'name')));

const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

interface Uses {
  readonly mounts: readonly { readonly device: string; readonly source: string; readonly folder: string }[];
  /** Names of devices. */
  readonly swaps: readonly string[];
}

async function readPart(folder: string, { mounts, swaps }: Uses): Promise<DiskPart> {
  const name = basename(folder);
  const device = await text(join(folder, 'dev'));
  const holders = await readdir(join(folder, 'holders')).catch(() => []);
  return {
    name,
    bytes: Number(await text(join(folder, 'size'))) * sectorBytes,
    // btrfs has a device number of its own; then the source tells.
    mountedAt: mounts
      .filter((mount) => mount.device === device || mount.source === name)
      .map((mount) => mount.folder),
    isSwap: swaps.includes(name),
    holders,
  };
}

async function readUses({ proc }: KernelView): Promise<Uses> {
  // proc(5): mountinfo. Anything after ` - ` begins with the file system's type and its source.
  const mounts = lines(await text(join(proc, 'self', 'mountinfo'))).map((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , device = '', , folder = ''] = before.split(' ');
    return { device, folder: unescaped(folder), source: basename(after.split(' ')[1] ?? '') };
  });
  const [, ...swaps] = lines(await text(join(proc, 'swaps')));
  return { mounts, swaps: swaps.map((line) => basename(line.split(/\s+/)[0] ?? '')) };
}

/** The kernel writes white space in names as octal numbers. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

const lines = (all: string): string[] => all.split('\n').filter((line) => line !== '');

/** Empty where there is no such file. */
const text = async (path: string): Promise<string> => (await readFile(path, 'utf8').catch(() => '')).trim();

/** The images that loop devices show, which are in use although they are files. */
export async function loopBackings({ sys }: KernelView = thisKernel): Promise<readonly string[]> {
  const names = await readdir(join(sys, 'block')).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => name.startsWith('loop'))
      .map((name) => text(join(sys, 'block', name, 'loop', 'backing_file'))),
  );
  return found.filter((path) => path !== '');
}
