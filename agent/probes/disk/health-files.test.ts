import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { HealthFiles } from './health-files.ts';

let runDir = '';
before(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'bramble-health-'));
});
after(() => rm(runDir, { recursive: true, force: true }));

const well = { started: true, ready: true, postStart: 'done', sinceMs: 1_700_000_000_123 } as const;
const sick = { started: true, ready: false, postStart: 'none', sinceMs: 0 } as const;

test('what is known of health outlives the agent; what is forgotten, and what is damaged, is gone', async () => {
  const files = new HealthFiles(runDir);
  assert.deepEqual(files.get('uid-a'), {});
  files.set('uid-a', { one: well });
  files.set('uid-a', { one: well, two: sick });
  files.set('uid-b', { three: sick });
  files.set('uid-b', {});
  files.set('uid-c', {});
  await writeFile(join(runDir, 'health', 'uid-d.json'), '{"four":{"star');
  const again = new HealthFiles(runDir);
  assert.deepEqual(again.get('uid-a'), { one: well, two: sick });
  assert.deepEqual(again.get('uid-b'), {});
  assert.deepEqual(again.get('uid-d'), {});
  assert.deepEqual(await readdir(join(runDir, 'health')), ['uid-a.json']);
});
