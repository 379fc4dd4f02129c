import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from '@bramble/protocol/zod.ts';

const place = z.object({
  dataDir: z.string(),
  bridge: z.string(),
  clusterCIDR: z.string(),
  /** Absent until the controller has said it. */
  serviceCIDR: z.optional(z.string()),
});

/** What an agent takes of its machine, beside what is its own by name. */
export type Place = z.infer<typeof place>;

const root = '/run/bramble';
const file = 'place.json';

/** Written where it outlives the data directory but not a boot, as the pods do. */
export async function notePlace(runDir: string, taken: Place): Promise<void> {
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  await writeFile(join(runDir, `${file}.new`), JSON.stringify(taken), { mode: 0o600 });
  await rename(join(runDir, `${file}.new`), join(runDir, file));
}

/** `undefined` where no agent has been since the machine was started, or none that wrote it. */
export async function readPlace(runDir: string): Promise<Place | undefined> {
  const text = await readFile(join(runDir, file), 'utf8').catch(() => '');
  try {
    return place.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export interface OtherPlace extends Place {
  readonly instance: string;
}

/** Those of all agents on this machine but the one with this run directory. */
export async function otherPlaces(ownRunDir: string): Promise<OtherPlace[]> {
  const found: OtherPlace[] = [];
  for (const instance of await readdir(root).catch(() => [])) {
    const runDir = join(root, instance);
    const other = runDir === ownRunDir ? undefined : await readPlace(runDir);
    if (other) found.push({ ...other, instance });
  }
  return found;
}
