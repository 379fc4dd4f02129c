import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '@bramble/adapters/host/durable-file.ts';
import * as z from '@bramble/protocol/zod.ts';

const arrival = z.object({
  image: z.string(),
  boot: z.string(),
  /** Id of the image that the board had by this name before. */
  had: z.optional(z.string()),
});
export type Arrival = z.infer<typeof arrival>;

export interface Arrivals {
  /** Resolves with the note's path once a power cut cannot take it back. */
  note(image: string, had: string | undefined): Promise<string>;
  /** Notes of this boot and images of earlier ones, which a power cut may have left in part. */
  left(): Promise<{ readonly ours: readonly string[]; readonly torn: ReadonlyMap<string, Arrival> }>;
}

/**
 * Notes of images that are on their way to the disk. An image whose files were cut off looks to podman like any other:
 * only a note from before the cut tells.
 */
export function arrivals(directory: string, boot: string): Arrivals {
  return {
    async note(image, had) {
      const path = join(directory, `${randomUUID()}.json`);
      await writeDurably(path, JSON.stringify({ image, boot, had }));
      return path;
    },
    async left() {
      const ours: string[] = [];
      const torn = new Map<string, Arrival>();
      for (const name of await readdir(directory).catch(() => [])) {
        const path = join(directory, name);
        const found = await readArrival(path);
        if (found === undefined) await rm(path, { force: true });
        else if (found.boot === boot) ours.push(path);
        else torn.set(path, found);
      }
      return { ours, torn };
    },
  };
}

/** `undefined`: half a note, of an image that had not begun to come. */
async function readArrival(path: string): Promise<Arrival | undefined> {
  try {
    return arrival.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
