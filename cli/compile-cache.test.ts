import assert from 'node:assert/strict';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileCacheFor } from './compile-cache.ts';

test('root leaves no file in the node_modules of somebody else', (context) => {
  const modules = mkdtempSync(join(tmpdir(), 'bramble-cache-'));
  context.after(() => rmSync(modules, { recursive: true, force: true }));
  const own = join(modules, '.cache', 'compiled');
  assert.equal(compileCacheFor(process.getuid?.() ?? 0, modules), own);
  assert.equal(compileCacheFor(1000, modules), own);
  if (process.getuid?.() !== 0) return;
  chownSync(modules, 1000, 1000);
  assert.ok(!compileCacheFor(0, modules).startsWith(modules));
});
