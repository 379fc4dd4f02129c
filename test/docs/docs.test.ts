import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { generatedPages } from './pages.ts';

const project = new URL('../../', import.meta.url);

test('the generated pages of docs/reference are what the source says', () => {
  for (const { path, text } of generatedPages())
    assert.equal(readFileSync(new URL(path, project), 'utf8'), text, `${path}: run node test/docs/main.ts`);
});

test('every relative link in the documentation leads somewhere', () => {
  const pages = readdirSync(new URL('docs/', project)).filter((name) => name.endsWith('.md'));
  const all = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/reference/mqtt.md'];
  for (const page of [...all, ...pages.map((name) => `docs/${name}`)]) {
    const base = new URL(page, project);
    for (const [, target = ''] of readFileSync(base, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
      assert.ok(existsSync(new URL(target, base)), `${page} links to ${target}`);
  }
});
