import { spawn } from 'node:child_process';
import { constants, createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { explained, programEnvironment } from './programs.ts';

/** What an image is written to. Positions and lengths are multiples of 512 bytes. */
export interface Medium {
  readonly path: string;
  /** Most that fits; `undefined` where nothing but free space bounds it. */
  readonly capacityBytes: number | undefined;
  open(): Promise<OpenMedium>;
  /** Reads the first so many bytes from the medium itself, not from memory where that can be told apart. */
  read(bytes: number): AsyncIterable<Uint8Array>;
}

export interface OpenMedium {
  write(block: Uint8Array, position: number): Promise<void>;
  /** Everything is on the medium when this resolves, and it is so long where it is a file. */
  finish(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** A file; what is zero in the image takes no room in it. */
export function fileMedium(path: string): Medium {
  return {
    path,
    capacityBytes: undefined,
    async open() {
      const file = await open(path, 'w');
      return {
        async write(block, position) {
          if (!isZero(block)) await file.write(block, 0, block.length, position);
        },
        async finish(bytes) {
          await file.truncate(bytes);
          await file.sync();
        },
        close: () => file.close(),
      };
    },
    read: (bytes) => createReadStream(path, { end: bytes - 1, highWaterMark: 1_048_576 }),
  };
}

/** A disk. Opened so that the kernel refuses it while anything of it is mounted. */
export function diskMedium(path: string, capacityBytes: number): Medium {
  return {
    path,
    capacityBytes,
    async open() {
      const file = await open(path, constants.O_RDWR | constants.O_EXCL);
      return {
        async write(block, position) {
          await file.write(block, 0, block.length, position);
        },
        finish: () => file.sync(),
        close: () => file.close(),
      };
    },
    read: (bytes) => readDirectly(path, bytes),
  };
}

/** Around the kernel's memory of what was just written, which Node's own reads would be answered from. */
async function* readDirectly(path: string, bytes: number): AsyncIterable<Uint8Array> {
  const child = spawn(
    'dd',
    [`if=${path}`, 'bs=4M', 'iflag=direct,count_bytes', `count=${bytes}`, 'status=none'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: programEnvironment(),
    },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(explained('dd', error)));
    child.once('close', resolve);
  });
  yield* child.stdout as AsyncIterable<Uint8Array>;
  if ((await ended) !== 0) throw new Error(`${path} cannot be read back`);
}

const isZero = (block: Uint8Array): boolean =>
  Buffer.compare(block, zeros.subarray(0, block.length)) === 0 && block.length <= zeros.length;
const zeros = Buffer.alloc(1_048_576);
