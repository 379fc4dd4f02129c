import { open } from 'node:fs/promises';
import type { CardSettings } from './card-files.ts';
import { type ImageSource, readImage, sha256Of } from './image-source.ts';
import type { Medium } from './medium.ts';
import { tableBytes } from './partitions.ts';
import { layoutOf, type Prepared, prepareCard } from './prepare-card.ts';
import type { Software } from './software.ts';
import { type Tell, type Written, writeImage } from './write-image.ts';

export interface FlashRequest {
  readonly source: ImageSource;
  readonly medium: Medium;
  readonly settings: CardSettings;
  readonly software: Software;
}

/** All that can be wrong with the image itself, before anything is written over. @throws Error saying what it is */
export async function checkImage(source: ImageSource, sha256: string | undefined): Promise<void> {
  if (sha256 !== undefined) {
    const found = await sha256Of(source.path);
    if (found !== sha256.toLowerCase())
      throw new Error(
        `--sha256: ${source.path} has the SHA-256 ${found}: it was not downloaded whole, or is another file`,
      );
  }
  try {
    layoutOf(await headOf(source));
  } catch (error) {
    throw new Error(`--image: ${source.path}: ${(error as Error).message}`);
  }
}

/** From an image to a card that joins by itself. @throws Error saying what went wrong, and where */
export async function flash(
  { source, medium, settings, software }: FlashRequest,
  tell: Tell,
): Promise<Written & Prepared> {
  const written = await writeImage(source, medium, tell);
  const prepared = await prepareCard(medium.path, settings, software);
  await sync(medium.path);
  return { ...written, ...prepared };
}

async function headOf(source: ImageSource): Promise<Buffer> {
  const held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readImage(source)) {
    held.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    // Leaving the loop ends the stream, and with it the program that unpacks.
    if (bytes >= tableBytes) break;
  }
  return Buffer.concat(held).subarray(0, tableBytes);
}

/** What mtools and debugfs have written is on the card as well. */
async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.sync();
}
