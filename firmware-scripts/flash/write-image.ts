import { createHash } from 'node:crypto';
import { sizeText } from './disk.ts';
import { type ImageSource, readImage } from './image-source.ts';
import type { Medium, OpenMedium } from './medium.ts';
import type { Progress } from './progress.ts';

const blockBytes = 1_048_576;
const sectorBytes = 512;

export type Tell = (what: 'writing' | 'reading back', progress: Progress) => void;

export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes an image, reads it back, and compares. @throws Error when it does not fit, cannot be written, or is not what was written */
export async function writeImage(source: ImageSource, medium: Medium, tell: Tell): Promise<Written> {
  assertFits(source.bytes ?? 0, medium);
  const target = await medium.open();
  let written: Written;
  try {
    written = await copy(source, medium, target, tell);
    await target.finish(written.bytes);
  } finally {
    await target.close();
  }
  await compare(written, medium, tell);
  return written;
}

async function copy(source: ImageSource, medium: Medium, target: OpenMedium, tell: Tell): Promise<Written> {
  const hash = createHash('sha256');
  const sinceMs = performance.now();
  let position = 0;
  for await (const block of blocksOf(readImage(source))) {
    assertFits(position + block.length, medium);
    hash.update(block);
    await target.write(block, position);
    position += block.length;
    tell('writing', {
      doneBytes: position,
      totalBytes: source.bytes,
      elapsedMs: performance.now() - sinceMs,
    });
  }
  if (position === 0) throw new Error(`--image: ${source.path} holds nothing`);
  return { bytes: position, sha256: hash.digest('hex') };
}

async function compare({ bytes, sha256 }: Written, medium: Medium, tell: Tell): Promise<void> {
  const hash = createHash('sha256');
  const sinceMs = performance.now();
  let done = 0;
  for await (const chunk of medium.read(bytes)) {
    hash.update(chunk);
    done += chunk.length;
    tell('reading back', { doneBytes: done, totalBytes: bytes, elapsedMs: performance.now() - sinceMs });
  }
  if (done !== bytes || hash.digest('hex') !== sha256)
    throw new Error(
      `${medium.path} does not give back what was written to it: the card, or its reader, is broken or not of the size that it says. Try another one.`,
    );
}

function assertFits(bytes: number, { path, capacityBytes }: Medium): void {
  if (capacityBytes !== undefined && bytes > capacityBytes)
    throw new Error(
      `${path} is too small: it holds ${sizeText(capacityBytes)}, and the image is ${sizeText(bytes)} or more`,
    );
}

/** Whole blocks, whatever the stream's pieces are; the last one is filled up to whole sectors, which is what a disk takes. */
async function* blocksOf(stream: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const piece of stream) {
    held.push(piece);
    heldBytes += piece.length;
    while (heldBytes >= blockBytes) {
      const all = Buffer.concat(held);
      yield all.subarray(0, blockBytes);
      held = [all.subarray(blockBytes)];
      heldBytes -= blockBytes;
    }
  }
  const rest = Buffer.concat(held);
  if (rest.length > 0)
    yield Buffer.concat([rest, Buffer.alloc((sectorBytes - (rest.length % sectorBytes)) % sectorBytes)]);
}
