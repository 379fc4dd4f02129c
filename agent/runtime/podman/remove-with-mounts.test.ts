import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '@bramble/adapters/host/run.ts';
import { mountPointsUnder, mountTmpfs } from '../../volumes/disk/mounts.ts';
import { removeWithMounts } from './remove-with-mounts.ts';

test('a folder goes with what is mounted in it, also when that is mounted again meanwhile', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bramble-mounts-'));
  const outer = join(directory, 'a', 'b');
  await mkdir(outer, { recursive: true });
  await mountTmpfs(outer, 'mode=0700');
  const inner = join(outer, 'c');
  await mkdir(inner);
  await mountTmpfs(inner, 'mode=0700');
  await writeFile(join(inner, 'file'), 'x');
  // Somebody who mounts there for as long as there is a there.
  const script =
    'while mount -t tmpfs tmpfs "$0" 2>/dev/null; do sleep 0.01; [ $((i += 1)) -lt 40 ] || exit 0; done';
  const again = run('sh', ['-c', script, outer], { timeoutMs: 20_000 });
  await removeWithMounts(directory);
  await again;
  // It may have been last: then nothing is left but what it mounted on, which goes now.
  await removeWithMounts(directory);
  assert.equal(existsSync(directory), false);
  assert.deepEqual(await mountPointsUnder(directory), []);
});
