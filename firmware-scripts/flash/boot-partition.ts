import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Partition } from './partitions.ts';
import { run } from './programs.ts';

/** The FAT partition of an image or a disk, by mtools: it is not mounted, which needs no root where the image is a file. */
export class BootPartition {
  readonly #image: string;

  constructor(path: string, { startBytes }: Partition) {
    this.#image = `${path}@@${startBytes}`;
  }

  /** Names of what is at the top. @throws Error where there is no FAT file system */
  async names(): Promise<readonly string[]> {
    const listed = await run('mdir', ['-b', '-i', this.#image, '::/']);
    return listed
      .toString()
      .split('\n')
      .map((line) => line.replace(/^::\//, '').replace(/\/$/, '').trim())
      .filter((name) => name !== '');
  }

  async freeBytes(): Promise<number> {
    const listed = await run('mdir', ['-i', this.#image, '::/']);
    const [, digits = ''] = /([\d ]+) bytes free/.exec(listed.toString()) ?? [];
    return Number(digits.replaceAll(' ', ''));
  }

  read(name: string): Promise<Buffer> {
    return run('mtype', ['-i', this.#image, `::/${name}`]);
  }

  /** Copies a file or a whole folder to the top; what has the same name is written over. */
  async put(path: string): Promise<void> {
    await run('mcopy', ['-i', this.#image, '-s', '-o', path, '::/']);
  }
}

/** A folder for a while. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-flash-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
