import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Patch } from './mutation.ts';

const project = resolve(import.meta.dirname, '../../..');

/**
 * Modules that this thread loads from now on have the patches in their text.
 *
 * @throws when a module is loaded in which a patch does not fit: the product has changed, and the patch has to follow
 */
export function applyPatches(patches: readonly Patch[]): void {
  const urls = new Map(patches.map(({ file }) => [pathToFileURL(resolve(project, file)).href, file]));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const file = urls.get(url);
      if (file === undefined) return loaded;
      const text = Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: patches.filter((each) => each.file === file).reduce(patched, text) };
    },
  });
}

function patched(text: string, { file, find, replace }: Patch): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file} has this ${parts.length - 1} times, not once: ${find}`);
  return parts.join(replace);
}
