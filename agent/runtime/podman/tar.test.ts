import assert from 'node:assert/strict';
import { lstat, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '@bramble/adapters/host/run.ts';
import { tarArchive } from './tar.ts';

test('tar reads what we write', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bramble-tar-'));
  t.after(() => rm(directory, { recursive: true }));
  const big = Buffer.alloc(1_500, 'x');
  const archive = tarArchive([
    { path: 'd/' },
    { path: 'd/script', bytes: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
    { path: 'd/big', bytes: big, mode: 0o644 },
    { path: 'd/empty', bytes: Buffer.alloc(0), mode: 0o600 },
    { path: 'd/link', link: 'script' },
  ]);
  const result = await run('tar', ['-x', '-p', '-C', directory], { timeoutMs: 10_000, input: archive });
  assert.deepEqual([result.code, result.stderr], [0, '']);
  assert.deepEqual(await readFile(join(directory, 'd/big')), big);
  assert.equal((await lstat(join(directory, 'd/script'))).mode & 0o777, 0o755);
  assert.equal((await lstat(join(directory, 'd/empty'))).size, 0);
  assert.equal(await readlink(join(directory, 'd/link')), 'script');
});

test('what does not fit the format is refused', () => {
  assert.throws(() => tarArchive([{ path: 'x'.repeat(101) }]), /too long/);
});
