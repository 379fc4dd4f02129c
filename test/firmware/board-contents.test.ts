import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { boardContents } from '@bramble/firmware-scripts/flash/software.ts';
import { findImports, packageOf } from '../rules/imports.ts';

const project = join(import.meta.dirname, '..', '..');

/** Where an import leads among the files of the project and the names of packages. */
function placeOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier);
  if (specifier.startsWith('@bramble/')) return specifier.slice('@bramble/'.length);
  return `node_modules/${packageOf(specifier)}`;
}

test('a board gets every file that what it gets imports', async () => {
  const { own, packages } = await boardContents();
  const there = new Set([...own, ...packages]);
  const absent = own
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .flatMap((file) =>
      findImports(readFileSync(join(project, file), 'utf8'))
        .filter(({ specifier }) => !specifier.startsWith('node:'))
        .map(({ specifier }) => placeOf(file, specifier))
        .filter((place) => !there.has(place))
        .map((place) => `${file} imports ${place}`),
    );
  assert.deepEqual(absent, []);
});

test('the programs that a card names are among them; tests are not', async () => {
  const { own } = await boardContents();
  for (const file of [
    'cli/main.ts',
    'agent/main.ts',
    'cli/bundle/make-main.ts',
    'firmware-scripts/board/packages.sh',
    'setup/install-packages.mjs',
  ])
    assert.ok(own.includes(file), file);
  assert.deepEqual(
    own.filter((file) => file.startsWith('test/') || /\.test\.ts$/.test(file)),
    [],
  );
});
