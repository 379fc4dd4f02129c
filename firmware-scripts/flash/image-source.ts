import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { explained, ProgramError, programEnvironment, run } from './programs.ts';

export interface ImageSource {
  readonly path: string;
  readonly packing: 'none' | 'xz' | 'gzip';
  /** What comes out of it; unknown until then where the format does not say. */
  readonly bytes: number | undefined;
}

const readBytes = 1_048_576;

/** Looks at an image file, whatever its name says. @throws Error saying why it is none */
export async function openImage(path: string): Promise<ImageSource> {
  const facts = await stat(path).catch((error: Error) => {
    throw new Error(`--image: ${path} cannot be read: ${error.message}`);
  });
  if (!facts.isFile()) throw new Error(`--image: ${path} is no file`);
  const packing = packingOf(await firstBytes(path), path);
  const bytes = packing === 'none' ? facts.size : packing === 'xz' ? await bytesInXz(path) : undefined;
  if (bytes === 0) throw new Error(`--image: ${path} is empty`);
  return { path, packing, bytes };
}

function packingOf(head: Buffer, path: string): ImageSource['packing'] {
  const hex = head.toString('hex');
  if (hex.startsWith('fd377a585a00')) return 'xz';
  if (hex.startsWith('1f8b')) return 'gzip';
  if (hex.startsWith('504b0304'))
    throw new Error(`--image: ${path} is a zip archive: unpack it first (unzip)`);
  if (hex.startsWith('28b52ffd'))
    throw new Error(`--image: ${path} is packed with zstd: unpack it first (unzstd)`);
  return 'none';
}

async function firstBytes(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
  return buffer.subarray(0, bytesRead);
}

/** xz keeps the sizes at the end of the file. */
async function bytesInXz(path: string): Promise<number> {
  const listed = await run('xz', ['--robot', '--list', '--', path]).catch((error: Error) => {
    if (!(error instanceof ProgramError)) throw error;
    throw new Error(`--image: ${path} is damaged, or was not downloaded whole: ${error.message}`);
  });
  const totals = listed
    .toString()
    .split('\n')
    .find((line) => line.startsWith('totals'));
  return Number(totals?.split('\t')[4]);
}

/** The image itself, unpacked on the way. An error of unpacking is one of the stream. */
export function readImage({ path, packing }: ImageSource): Readable {
  const file = (): Readable => createReadStream(path, { highWaterMark: readBytes });
  if (packing === 'none') return file();
  const unpacked = new PassThrough({ highWaterMark: readBytes });
  const work =
    packing === 'gzip'
      ? pipeline(file(), createGunzip({ chunkSize: readBytes }), unpacked)
      : unxz(path, unpacked);
  work.catch((error: Error) =>
    unpacked.destroy(new Error(`--image: ${path} cannot be unpacked: ${error.message}`)),
  );
  return unpacked;
}

async function unxz(path: string, into: PassThrough): Promise<void> {
  const child = spawn('xz', ['--decompress', '--stdout', '--threads=0', '--', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: programEnvironment(),
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // Whoever reads no further has no use for the rest.
  into.once('close', () => child.kill());
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(explained('xz', error)));
    child.once('close', resolve);
  });
  const copied = pipeline(child.stdout, into, { end: false });
  copied.catch(() => {});
  const code = await ended;
  await copied;
  if (code !== 0) throw new Error(said.trim() || `xz ended with ${code}`);
  into.end();
}

/** Of the file as it was downloaded: what a download page names. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: readBytes }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
