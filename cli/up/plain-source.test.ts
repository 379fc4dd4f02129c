import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { plainSource } from './plain-source.ts';

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'bramble-plain-source-'));
after(() => rm(folder, { recursive: true }));

/** Loads a file with types; answers what it exports, and whether this process had to take the types away. */
async function load(cache: string): Promise<string> {
  const { flags, env } = plainSource(cache);
  const module = new URL('../../protocol/exit-codes.ts', import.meta.url).href;
  const program = `
    const { exitCodes } = await import(${JSON.stringify(module)});
    const stripped = process.moduleLoadList.some((name) => name.includes('amaro'));
    console.log(exitCodes.ok, stripped ? 'stripped here' : 'as it was written');`;
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '-e', program], {
    env: { ...process.env, ...env },
  });
  return stdout.trim();
}

test('a process gets source without types from the first start on, and again after a power cut tore it', async () => {
  assert.equal(await load(folder), '0 as it was written');
  const source = join(folder, 'source');
  const names = await readdir(source);
  const whole = await Promise.all(names.map((name) => readFile(join(source, name), 'utf8')));
  for (const name of names) await truncate(join(source, name), 100);
  assert.equal(await load(folder), '0 as it was written');
  assert.deepEqual(await Promise.all(names.map((name) => readFile(join(source, name), 'utf8'))), whole);
});

test('what was written for files that changed is removed', async () => {
  const old = join(folder, 'source', 'old');
  await writeFile(old, '');
  const [first = ''] = await readdir(join(folder, 'source'));
  await load(folder);
  for (const name of await readdir(join(folder, 'source'))) await truncate(join(folder, 'source', name), 10);
  await load(folder);
  const names = await readdir(join(folder, 'source'));
  assert.ok(names.includes(first));
  assert.ok(!names.includes('old'));
});

test('where nothing can be written, Node takes the types away itself', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  assert.equal(await load(file), '0 stripped here');
});
