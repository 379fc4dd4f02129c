import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { VolumeContent, VolumeFile } from '../port.ts';
import { unmountUnder } from './mounts.ts';
import { publishFiles } from './published-files.ts';
import { DiskVolumes } from './volumes.ts';

let root: string;
let volumes: DiskVolumes;
const tmpfsType = 0x01021994;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'bramble volumes-'));
  volumes = new DiskVolumes({ dataDir: join(root, 'data'), runDir: join(root, 'run') });
});
after(async () => {
  await unmountUnder(root);
  await rm(root, { recursive: true });
});

const file = (path: string, text: string, mode = 0o644): VolumeFile => ({
  path,
  bytes: Buffer.from(text),
  mode,
});
const files = (name: string, content: VolumeFile[], secret = false): VolumeContent => ({
  type: 'files',
  name,
  secret,
  files: content,
});
const empty = (name: string, medium: 'disk' | 'memory', sizeLimitBytes?: number): VolumeContent => ({
  type: 'empty',
  name,
  medium,
  sizeLimitBytes,
});
const host = (path: string, hostPathType: string): VolumeContent => ({
  type: 'host',
  name: 'h',
  path,
  hostPathType,
});

async function pathOf(uid: string, volume: VolumeContent): Promise<string> {
  const path = (await volumes.prepare(uid, [volume])).get(volume.name);
  assert.ok(path !== undefined);
  return path;
}

test('files are there with their bytes and modes, in memory', async () => {
  const path = await pathOf(
    'a',
    files('secret', [file('token', 't', 0o400), file('deep/er', 'd', 0o755)], true),
  );
  assert.equal(await readFile(join(path, 'token'), 'utf8'), 't');
  assert.equal(await readFile(join(path, 'deep/er'), 'utf8'), 'd');
  assert.equal((await stat(join(path, 'token'))).mode & 0o7777, 0o400);
  assert.equal((await stat(join(path, 'deep/er'))).mode & 0o7777, 0o755);
  assert.equal(statfsSync(path).type, tmpfsType);
});

test('a change shows all at once, under the same path', async () => {
  const first = await pathOf('b', files('config', [file('one', '1'), file('two', '1'), file('gone', 'x')]));
  const before = await lstat(first);
  const second = await pathOf('b', files('config', [file('one', '2'), file('two', '2'), file('new', 'y')]));
  assert.equal(second, first);
  assert.equal((await lstat(second)).ino, before.ino);
  const visible = (await readdir(second)).filter((name) => !name.startsWith('..'));
  assert.deepEqual(visible.sort(), ['new', 'one', 'two']);
  assert.equal((await readdir(second)).filter((name) => name.startsWith('..')).length, 2);
  assert.equal(await readFile(join(second, 'one'), 'utf8'), '2');
});

test('nothing is written when nothing changed', async () => {
  const content = [file('one', '1')];
  const path = await pathOf('c', files('config', content));
  const before = await stat(join(path, 'one'));
  await pathOf('c', files('config', content));
  assert.deepEqual(await stat(join(path, 'one')), before);
});

test('whatever was left half-way, the directory ends as it should', async () => {
  const name = fc.constantFrom('a', 'b', 'c/d', 'c/e', '.hidden');
  const anyFiles = fc
    .uniqueArray(fc.record({ name, text: fc.string(), mode: fc.constantFrom(0o400, 0o644, 0o755) }), {
      selector: (one) => one.name,
    })
    .map((all) => all.map((one) => file(one.name, one.text, one.mode)));
  await fc.assert(
    fc.asyncProperty(fc.array(anyFiles, { minLength: 1, maxLength: 4 }), async (versions) => {
      const directory = await mkdtemp(join(root, 'published-'));
      await symlink('nowhere', join(directory, '..data_tmp'));
      await mkdir(join(directory, '..left'));
      for (const version of versions) {
        await publishFiles(directory, version);
        const tops = new Set(version.map((one) => one.path.split('/')[0]));
        const visible = (await readdir(directory)).filter((entry) => !entry.startsWith('..'));
        assert.deepEqual(new Set(visible), tops);
        for (const one of version) {
          assert.deepEqual(await readFile(join(directory, one.path)), Buffer.from(one.bytes));
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('paths that leave the volume are refused', async () => {
  for (const bad of ['../x', '/etc/x', 'a/../../x', '', 'a//b', '..data', '..2', 'a/./b', 'a\0']) {
    await assert.rejects(pathOf('d', files('config', [file(bad, 'x')])), /not a path inside a volume/, bad);
  }
  await assert.rejects(volumes.prepare('../d', []), /not a pod uid/);
  await assert.rejects(volumes.prepare('d', [empty('../x', 'disk')]), /not a pod uid or volume name/);
  await assert.rejects(volumes.remove('..'), /not a pod uid/);
});

test('emptyDir on disk keeps what is in it', async () => {
  const path = await pathOf('e', empty('scratch', 'disk'));
  assert.equal((await stat(path)).mode & 0o777, 0o777);
  await writeFile(join(path, 'kept'), 'k');
  assert.equal(await pathOf('e', empty('scratch', 'disk')), path);
  assert.equal(await readFile(join(path, 'kept'), 'utf8'), 'k');
});

test('emptyDir in memory is bounded, and kept when prepared again', async () => {
  const path = await pathOf('f', empty('cache', 'memory', 1_048_576));
  await writeFile(join(path, 'kept'), 'k');
  assert.equal(await pathOf('f', empty('cache', 'memory', 1_048_576)), path);
  assert.equal(await readFile(join(path, 'kept'), 'utf8'), 'k');
  await assert.rejects(writeFile(join(path, 'big'), Buffer.alloc(2_000_000)), /ENOSPC/);
});

test('hostPath is what its type says, or an error', async () => {
  assert.equal(await pathOf('g', host(join(root, 'any'), '')), join(root, 'any'));
  await assert.rejects(pathOf('g', host(join(root, 'no'), 'Directory')), /does not exist/);
  await pathOf('g', host(join(root, 'made'), 'DirectoryOrCreate'));
  assert.ok((await stat(join(root, 'made'))).isDirectory());
  await pathOf('g', host(join(root, 'made/file'), 'FileOrCreate'));
  await assert.rejects(pathOf('g', host(join(root, 'made/file'), 'Socket')), /is not of type Socket/);
  await assert.rejects(pathOf('g', host(join(root, 'made'), 'FileOrCreate')), /is not of type FileOrCreate/);
  await assert.rejects(pathOf('g', host('relative', '')), /must be absolute/);
});

test('removing takes everything but what the host owns, and may be repeated', async () => {
  const owned = join(root, 'owned');
  await mkdir(owned);
  const all = [
    empty('x', 'disk'),
    empty('m', 'memory', 1_000_000),
    files('s', [file('a', 'b')], true),
    host(owned, ''),
  ];
  const paths = await volumes.prepare('z', all);
  assert.ok((await volumes.list()).includes('z'));
  await volumes.remove('z');
  await volumes.remove('z');
  assert.equal((await volumes.list()).includes('z'), false);
  for (const [name, path] of paths) assert.equal(existsSync(path), name === 'h', name);
});

test('what is in use is not deleted', async () => {
  const path = await pathOf('busy', empty('m', 'memory', 1_000_000));
  await writeFile(join(path, 'kept'), 'k');
  const holder = spawn('sleep', ['1000'], { cwd: path });
  try {
    await assert.rejects(volumes.remove('busy'), /cannot unmount/);
    assert.equal(await readFile(join(path, 'kept'), 'utf8'), 'k');
  } finally {
    holder.kill('SIGKILL');
    await new Promise((ended) => holder.on('exit', ended));
  }
  await volumes.remove('busy');
  assert.equal(execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' }).includes('/busy/'), false);
});
