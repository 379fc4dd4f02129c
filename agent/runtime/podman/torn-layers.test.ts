import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findTorn, tornOwners } from './torn-layers.ts';

test('whoever stands on a torn layer is torn, however far down it lies', () => {
  const layers = [
    { id: 'base' },
    { id: 'middle', parent: 'base' },
    { id: 'top', parent: 'middle' },
    { id: 'other', parent: '' },
    // A circle is nonsense, yet must have an end.
    { id: 'chicken', parent: 'egg' },
    { id: 'egg', parent: 'chicken' },
  ];
  const owners = {
    containers: [
      { id: 'high', layer: 'top' },
      { id: 'apart', layer: 'other' },
      { id: 'round', layer: 'egg' },
      { id: 'shared', layer: 'of another store' },
      { id: 'bare' },
    ],
    images: [
      { id: 'low', layer: 'base' },
      { id: 'whole', layer: 'other' },
    ],
  };
  assert.deepEqual(tornOwners(new Set(['base']), layers, owners), { containers: ['high'], images: ['low'] });
  assert.deepEqual(tornOwners(new Set(), layers, owners), { containers: [], images: [] });
});

test('only files that are there and say nothing are torn', async (t) => {
  const graphRoot = await mkdtemp(join(tmpdir(), 'bramble-layers-'));
  t.after(() => rm(graphRoot, { recursive: true }));
  const files: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    whole: { link: 'ABC', lower: 'l/DEF:l/GHI' },
    lowest: { link: 'ABC' },
    newer: {},
    linkless: { link: '' },
    zeros: { link: '\0\0\0' },
    lowerless: { link: 'ABC', lower: '' },
    'on-a-torn-one': { link: 'ABC', lower: 'l/DEF:l/' },
  };
  for (const [layer, contents] of Object.entries({ ...files, unfinished: { link: '' } })) {
    await mkdir(join(graphRoot, 'overlay', layer), { recursive: true });
    for (const [name, text] of Object.entries(contents)) {
      await writeFile(join(graphRoot, 'overlay', layer, name), text);
    }
  }
  const note = async (kind: string, value: unknown) => {
    await mkdir(join(graphRoot, `overlay-${kind}`));
    await writeFile(join(graphRoot, `overlay-${kind}`, `${kind}.json`), JSON.stringify(value));
  };
  const names = [...Object.keys(files), 'unfinished'];
  await note(
    'layers',
    names.map((id) => ({ id, ...(id === 'unfinished' ? { flags: { incomplete: true } } : {}) })),
  );
  await note(
    'images',
    names.map((id) => ({ id, layer: id })),
  );
  assert.deepEqual(await findTorn(graphRoot), {
    containers: [],
    images: ['linkless', 'zeros', 'lowerless', 'on-a-torn-one'],
  });
  assert.deepEqual(await findTorn(join(graphRoot, 'absent')), { containers: [], images: [] });
  await writeFile(join(graphRoot, 'overlay-images', 'images.json'), '\0'.repeat(64));
  assert.deepEqual(await findTorn(graphRoot), { containers: [], images: [] });
});
