import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** CommonJS libraries ask for Node's modules with `require`, which an ES module does not have. */
const requireForLibraries =
  'import{createRequire as $createRequire}from"node:module";const require=$createRequire(import.meta.url);';

/** Libraries may warn of themselves by where they lie, and find files beside them: ours do that by these two alone. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)));
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Programs of the project with all that they import from it and from libraries, without types and without what they do not use:
 * texts by path, relative to `folder`, where they will lie. A program is found there under its path in the project, with
 * `.js` for `.ts`. Paths that the source finds through `import.meta` stay those of the source.
 * @throws Error naming file and line of what cannot be read.
 */
export async function bundlePrograms(
  project: string,
  programs: readonly string[],
  folder: string,
): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    absWorkingDir: project,
    entryPoints: [...programs],
    outbase: project,
    outdir: folder,
    write: false,
    bundle: true,
    // What only some runs need stays in files of its own.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: `node${process.versions.node}`,
    // Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    legalComments: 'none',
    banner: { js: requireForLibraries },
    plugins: [ownPlaces],
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, text }) => [relative(folder, path), text]));
}
