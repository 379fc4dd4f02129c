import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { OutsideVolume } from '../port.ts';
import { publishFiles } from './published-files.ts';
import { subPathInside } from './sub-path.ts';

let folder: string;
let volume: string;
let outside: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-sub-path-'));
  volume = join(folder, 'volume');
  outside = join(folder, 'outside');
  await mkdir(volume);
  await mkdir(join(outside, 'deep'), { recursive: true });
  await chmod(volume, 0o777);
  await mkdir(join(volume, 'there'));
  await writeFile(join(volume, 'file'), 'x');
  await symlink(outside, join(volume, 'out'));
  await symlink('../outside', join(volume, 'out-relative'));
  await symlink(join(folder, 'nowhere'), join(volume, 'dangling'));
  await symlink('there', join(volume, 'in'));
  await symlink('circle', join(volume, 'circle'));
});
after(() => rm(folder, { recursive: true }));

test('a path inside is followed: directories, files, links that stay inside', async () => {
  assert.equal(await subPathInside(volume, 'there'), join(volume, 'there'));
  assert.equal(await subPathInside(volume, 'file'), join(volume, 'file'));
  assert.equal(await subPathInside(volume, 'in'), join(volume, 'there'));
  assert.equal(await subPathInside(volume, './there/../in'), join(volume, 'there'));
});

test('missing directories are made, and whoever may write to the volume may write there', async () => {
  const made = await subPathInside(volume, 'in/a/b');
  assert.equal(made, join(volume, 'there/a/b'));
  for (const path of [made, join(made, '..')]) assert.equal((await stat(path)).mode & 0o7777, 0o777);
});

test('a link that leads out is refused, and nothing is made where it leads', async () => {
  for (const subPath of [
    'out',
    'out/deep',
    'out/new',
    'out-relative/deep',
    '..',
    '../outside',
    'there/../..',
  ]) {
    await assert.rejects(subPathInside(volume, subPath), (error) => {
      assert.ok(error instanceof OutsideVolume, String(error));
      assert.equal(error.message, `subPath ${JSON.stringify(subPath)} is not inside the volume`);
      return true;
    });
  }
  for (const subPath of ['dangling', 'dangling/x', 'circle', 'file/x'])
    await assert.rejects(subPathInside(volume, subPath), OutsideVolume);
  assert.deepEqual(await readdir(outside), ['deep']);
  assert.equal(existsSync(join(folder, 'nowhere')), false);
});

test('a key of a ConfigMap is a link that stays inside its volume', async () => {
  const published = join(folder, 'published');
  await publishFiles(published, [{ path: 'key', bytes: Buffer.from('v'), mode: 0o644 }]);
  const version = await readlink(join(published, '..data'));
  assert.equal(await subPathInside(published, 'key'), join(published, version, 'key'));
});

test('a hostPath may itself be a link', async () => {
  assert.equal(await subPathInside(join(volume, 'out'), 'deep'), join(outside, 'deep'));
});

test('whatever links a container makes, what is found is inside', async () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc
    .array(fc.oneof(name, fc.constant('..')), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'));
  const target = fc.oneof(
    path,
    path.map((text) => join(outside, text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, target), { maxLength: 4 }), path, async (links, subPath) => {
      const root = await mkdtemp(join(folder, 'any-'));
      for (const [link, to] of links) await symlink(to, join(root, link)).catch(() => {});
      const found = await subPathInside(root, subPath).catch((error) => {
        assert.ok(error instanceof OutsideVolume, String(error));
      });
      if (found !== undefined) assert.ok(found === root || found.startsWith(`${root}/`), found);
      assert.deepEqual(await readdir(outside), ['deep']);
    }),
    { numRuns: 200 },
  );
});
