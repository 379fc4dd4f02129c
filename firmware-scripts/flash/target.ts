import { realpath, stat, statfs } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { describeDisk, objectionsTo, sizeText } from './disk.ts';
import { type KernelView, loopBackings, readDisk, thisKernel } from './linux-disks.ts';
import { diskMedium, fileMedium, type Medium } from './medium.ts';

export interface TargetRequest {
  readonly to: string;
  /** The image's own path: it must not be written over. */
  readonly image: string;
  /** Of the image unpacked, where that is known. */
  readonly imageBytes: number | undefined;
  readonly force: boolean;
}

export interface Target {
  readonly medium: Medium;
  /** What will be lost, and the word that confirms it; none where nothing is. */
  readonly loss: { readonly text: string; readonly word: string } | undefined;
}

export interface Found {
  readonly kind: 'file' | 'disk' | 'folder' | 'nothing' | 'other';
  readonly bytes: number;
  /** `8:16`, of a disk. */
  readonly device: string;
}

export interface TargetView extends KernelView {
  find(path: string): Promise<Found>;
}

export const thisMachine: TargetView = { ...thisKernel, find };

/** Looks at what is to be written over. @throws Error with every reason why it must not be */
export async function chooseTarget(request: TargetRequest, view: TargetView = thisMachine): Promise<Target> {
  const { to, image } = request;
  const found = await view.find(to);
  if (found.kind !== 'nothing' && (await sameFile(to, image)))
    throw new Error(`--to: ${to} is the image itself`);
  switch (found.kind) {
    case 'disk':
      return disk(request, found.device, view);
    case 'folder':
      throw new Error(`--to: ${to} is a folder: name a disk, such as /dev/sdX, or a file`);
    case 'other':
      throw new Error(`--to: ${to} is neither a disk nor a file`);
    default:
      return file(request, found, view);
  }
}

async function disk(
  { to, imageBytes = 0, force }: TargetRequest,
  device: string,
  view: TargetView,
): Promise<Target> {
  const found = await readDisk(device, view).catch((error: Error) => {
    throw new Error(`--to: ${error.message}`);
  });
  const objections = objectionsTo(found, force);
  if (found.bytes > 0 && found.bytes < imageBytes)
    objections.push(`it is too small: ${sizeText(found.bytes)}, and the image is ${sizeText(imageBytes)}`);
  if (objections.length > 0)
    throw new Error(
      [`--to: ${to} is not written to, since`, ...objections.map((each) => `  ${each}`)].join('\n'),
    );
  return {
    medium: diskMedium(to, found.bytes),
    loss: { text: `All of this will be lost:\n  ${describeDisk(found)}`, word: found.name },
  };
}

async function file(
  { to, imageBytes = 0 }: TargetRequest,
  { kind, bytes }: Found,
  view: TargetView,
): Promise<Target> {
  const path = resolve(to);
  if ((await loopBackings(view)).includes(kind === 'file' ? await realpath(path) : path))
    throw new Error(`--to: ${to} is in use by a loop device: losetup --detach it first`);
  const { bavail, bsize } = await statfs(dirname(path)).catch(() => {
    throw new Error(`--to: there is no folder ${dirname(path)}`);
  });
  if (bavail * bsize + bytes < imageBytes)
    throw new Error(
      `--to: ${dirname(path)} has ${sizeText(bavail * bsize)} left, and the image is ${sizeText(imageBytes)}`,
    );
  const loss =
    kind === 'file' && bytes > 0
      ? { text: `This file will be written over:\n  ${path}, ${sizeText(bytes)}`, word: basename(path) }
      : undefined;
  return { medium: fileMedium(path), loss };
}

async function find(path: string): Promise<Found> {
  try {
    const facts = await stat(path);
    const { rdev } = facts;
    // makedev(3): both numbers are in two pieces.
    const device = `${Math.floor(rdev / 256) & 0xfff}:${(rdev & 0xff) | (Math.floor(rdev / 4096) & 0xfff00)}`;
    const kind = facts.isBlockDevice()
      ? 'disk'
      : facts.isFile()
        ? 'file'
        : facts.isDirectory()
          ? 'folder'
          : 'other';
    return { kind, bytes: kind === 'file' ? facts.size : 0, device };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw error;
    if (path.startsWith('/dev/')) throw new Error(`--to: there is no ${path}: is the card in?`);
    return { kind: 'nothing', bytes: 0, device: '' };
  }
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all(
    [realpath(a), realpath(b)].map((each) => each.catch(() => undefined)),
  );
  return one !== undefined && one === other;
}
