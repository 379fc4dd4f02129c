import { mkdir } from 'node:fs/promises';
import { succeed } from '../../e2e/fixture/commands.ts';
import { eventually } from '../../e2e/fixture/eventually.ts';

const mebibytes = 1_024;
/** EXT4_IOC_SHUTDOWN, with EXT4_GOING_FLAGS_NOLOGFLUSH: from now on nothing more reaches the disk, not even the file system's journal. */
const shutdown =
  'my $how = pack("L", 2); open(my $d, "<", $ARGV[0]) or die $!; ioctl($d, 0x8004587D, $how) or die "no shutdown: $!"';

/** The disk of a board: a file with ext4 in it, mounted where the board has its folder. */
export class BoardDisk {
  readonly #image: string;
  readonly #folder: string;

  static async make(image: string, folder: string): Promise<BoardDisk> {
    await mkdir(folder, { recursive: true });
    await succeed('truncate', ['-s', `${mebibytes}M`, image]);
    await succeed('mke2fs', ['-q', '-t', 'ext4', image]);
    const disk = new BoardDisk(image, folder);
    await disk.#mount();
    return disk;
  }

  private constructor(image: string, folder: string) {
    this.#image = image;
    this.#folder = folder;
  }

  /** What was written and not synced, nor written back by the kernel meanwhile, is lost. Nobody may use it at that time. */
  async losePower(): Promise<void> {
    await succeed('perl', ['-e', shutdown, this.#folder]);
    await succeed('umount', [this.#folder]);
    // A mount namespace that is still ending keeps the old file system, which takes nothing any more.
    await eventually('the end of the old file system', async () => {
      const users = await succeed('losetup', ['--associated', this.#image]);
      return users.trim() === '' ? true : undefined;
    });
    await this.#mount();
  }

  async #mount(): Promise<void> {
    await succeed('mount', ['-t', 'ext4', '-o', 'loop', this.#image, this.#folder]);
  }
}
