import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { readIfThere, writeDurably } from './durable-file.ts';

test('writes for the owner alone, replaces whole, leaves nothing behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-file-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'deep', 'secret.json');
  assert.equal(await readIfThere(path), undefined);
  await writeDurably(path, 'one');
  await Promise.all([writeDurably(path, 'two'), writeDurably(path, 'three')]);
  assert.match((await readIfThere(path)) ?? '', /^(two|three)$/);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(folder, 'deep')), ['secret.json']);
});
