import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJsonText } from '@bramble/protocol/decode.ts';
import * as z from '@bramble/protocol/zod.ts';

/** The part of podman's notes on its storage (containers/storage) that says what lies on which layer. */
const layersNote = z.array(
  z.object({
    id: z.string(),
    parent: z.nullish(z.string()),
    flags: z.nullish(z.record(z.string(), z.unknown())),
  }),
);
const ownersNote = z.array(z.object({ id: z.string(), layer: z.nullish(z.string()) }));

type Layers = z.infer<typeof layersNote>;
type Owners = z.infer<typeof ownersNote>;

export interface Torn {
  readonly containers: readonly string[];
  readonly images: readonly string[];
}

/**
 * Finds the containers and images that a power cut tore. podman 4 writes a layer's own files without waiting for the
 * disk, but waits for its notes: after a cut the notes may speak of layers whose files were cut to nothing.
 */
export async function findTorn(graphRoot: string): Promise<Torn> {
  const [layers, containers, images] = await Promise.all([
    note(join(graphRoot, 'overlay-layers', 'layers.json'), layersNote),
    containersOf(graphRoot),
    note(join(graphRoot, 'overlay-images', 'images.json'), ownersNote),
  ]);
  const torn = new Set<string>();
  for (const { id, flags } of layers) {
    // podman throws away by itself what it had not finished.
    if (flags?.['incomplete'] !== true && (await isTorn(join(graphRoot, 'overlay', id)))) torn.add(id);
  }
  return tornOwners(torn, layers, { containers, images });
}

/** The topmost layer of each container. */
export async function containerLayers(graphRoot: string): Promise<string[]> {
  return (await containersOf(graphRoot)).flatMap(({ layer }) => (layer ? [layer] : []));
}

const containersOf = (graphRoot: string) =>
  note(join(graphRoot, 'overlay-containers', 'containers.json'), ownersNote);

/** Whoever stands on a torn layer, be it directly or further down. Layers without a note are another store's. */
export function tornOwners(
  torn: ReadonlySet<string>,
  layers: Layers,
  owners: { readonly containers: Owners; readonly images: Owners },
): Torn {
  const parents = new Map(layers.map(({ id, parent }) => [id, parent ?? '']));
  const standsOnTorn = (layer: string) => {
    const seen = new Set<string>();
    for (let next = layer; next !== '' && !seen.has(next); next = parents.get(next) ?? '') {
      if (torn.has(next)) return true;
      seen.add(next);
    }
    return false;
  };
  const among = (all: Owners) => all.filter(({ layer }) => standsOnTorn(layer ?? '')).map(({ id }) => id);
  return { containers: among(owners.containers), images: among(owners.images) };
}

/** Newer versions of podman make layers without these files: only one that is there and says nothing is torn. */
async function isTorn(layer: string): Promise<boolean> {
  const [link, lower] = await Promise.all([textOf(join(layer, 'link')), textOf(join(layer, 'lower'))]);
  // On a layer whose link is empty podman puts others that stand on nothing but the directory of all links.
  const isNothing = (part: string) => part.replaceAll('\0', '').trim() === '' || part === 'l/';
  return link?.split('\n').every(isNothing) === true || lower?.split(':').some(isNothing) === true;
}

const textOf = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

/** What is not to be read says nothing. */
async function note<T>(path: string, schema: z.ZodMiniType<T[]>): Promise<T[]> {
  const text = await textOf(path);
  if (text === undefined) return [];
  const found = decodeJsonText(schema, text);
  return found.ok ? found.value : [];
}
