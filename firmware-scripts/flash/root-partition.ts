import type { Partition } from './partitions.ts';
import { run } from './programs.ts';

/** The ext4 partition of an image or a disk, by debugfs: it is not mounted, which needs no root where the image is a file. */
export class RootPartition {
  readonly #image: string;

  constructor(path: string, { startBytes }: Partition) {
    this.#image = `${path}?offset=${startBytes}`;
  }

  /** The text of a file; empty where it is not there, or where this is no ext4. */
  async read(path: string): Promise<string> {
    const bytes = await run('debugfs', ['-R', `cat ${path}`, this.#image]).catch(() => Buffer.alloc(0));
    return bytes.toString();
  }

  async freeBytes(): Promise<number> {
    const printed = (await run('debugfs', ['-R', 'stats -h', this.#image])).toString();
    const number = (name: string): number =>
      Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(printed)?.[1] ?? 0);
    const reserved = number('Reserved block count');
    return (number('Free blocks') - reserved) * number('Block size');
  }

  /** Puts a file at the top. @throws Error where it is not there afterwards, of that size: debugfs itself does not say */
  async put(path: string, name: string, bytes: number): Promise<void> {
    await run('debugfs', ['-w', '-R', `rm /${name}`, this.#image]);
    await run('debugfs', ['-w', '-R', `write ${path} /${name}`, this.#image]);
    const facts = (await run('debugfs', ['-R', `stat /${name}`, this.#image])).toString();
    if (Number(/Size: (\d+)/.exec(facts)?.[1]) !== bytes)
      throw new Error(`${name} could not be written into the root partition: is its file system whole?`);
  }
}

/** Where the boot partition is mounted on the board, as its fstab says; as Debian 12 does unless it says otherwise. */
export function bootMountPoint(fstab: string): string {
  const folders = fstab
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first = '#']) => !first.startsWith('#'))
    .map(([, folder = '']) => folder);
  return folders.includes('/boot/firmware')
    ? '/boot/firmware'
    : folders.includes('/boot')
      ? '/boot'
      : '/boot/firmware';
}
