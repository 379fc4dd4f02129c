import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';

/** What one program loads before its own first line runs; it ends by itself, for want of what it needs to go on. */
function loadedBy(file: string): Promise<string> {
  const script = `
    import { registerHooks } from 'node:module';
    import { writeSync } from 'node:fs';
    const seen = [];
    registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) });
    process.argv = [process.argv[0], 'main', '--https-port', 'none'];
    process.on('exit', () => writeSync(1, [...seen, ...process.moduleLoadList].join('\\n')));
    await import(${JSON.stringify(new URL(file, import.meta.url).href)}).catch(() => {});`;
  return new Promise((resolve) => {
    const args = ['--input-type=module', '--eval', script];
    execFile(process.execPath, args, { maxBuffer: 16_777_216 }, (_error, stdout) => resolve(stdout));
  });
}

test('an idle controller does not hold what it needs only now and then', async () => {
  const loaded = await loadedBy('./main.ts');
  assert.match(loaded, /controller\/apiserver\/http\/handler\.ts/);
  assert.match(loaded, /controller\/trust\/certificates\.ts/);
  for (const library of ['yaml', '@peculiar/x509', 'reflect-metadata'])
    assert.ok(!loaded.includes(`/node_modules/${library}/`), `${library} is loaded at the start`);
  assert.ok(!loaded.includes('internal/deps/undici'), 'Node’s fetch is loaded at the start');
});

test('the broker’s thread holds no second copy of what the controller has', async () => {
  const loaded = await loadedBy('./fleet/broker/worker.ts');
  assert.match(loaded, /node_modules\/aedes\//);
  for (const library of ['zod', 'yaml', 'mqtt', 'pino-std-serializers'])
    assert.ok(!loaded.includes(`/node_modules/${library}/`), `${library} is loaded in the broker’s thread`);
});
