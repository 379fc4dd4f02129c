import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { boardKeepalive } from './keepalive-file.ts';

test('what was told is kept for starts that do not tell, until another is told', async (context) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'keepalive-'));
  context.after(() => rm(dataDir, { recursive: true }));
  const started = (told?: number): Promise<number> => boardKeepalive(dataDir, told);
  assert.equal(await started(), 30);
  assert.equal(await started(10), 10);
  assert.equal(await started(), 10);
  assert.equal(await started(600), 600);
  assert.equal(await started(), 600);
});

test('what is kept and makes no sense is the usual one', async (context) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'keepalive-'));
  context.after(() => rm(dataDir, { recursive: true }));
  await boardKeepalive(dataDir, 10);
  for (const damaged of ['', 'ten', '1', '99999', '10.5']) {
    await writeFile(join(dataDir, 'agent', 'mqtt-keepalive-seconds'), damaged);
    assert.equal(await boardKeepalive(dataDir, undefined), 30, damaged);
  }
});
