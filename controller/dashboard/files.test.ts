import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { inlineScriptHash, PageFiles } from './files.ts';

const files = new PageFiles();

test('the page and all that its modules import is served, without types', async () => {
  const seen = new Set<string>();
  const html = await files.get('index.html');
  assert.ok(html);
  const { imports } = JSON.parse(/importmap">([\s\S]*?)<\/script>/.exec(html.body)?.[1] ?? '') as {
    imports: Record<string, string>;
  };
  const resolve = (specifier: string, from: string): string => {
    const mapped = Object.entries(imports)
      .sort(([a], [b]) => b.length - a.length)
      .find(([key]) => specifier === key || (key.endsWith('/') && specifier.startsWith(key)));
    const path = mapped ? mapped[1] + specifier.slice(mapped[0].length) : specifier;
    return new URL(path, new URL(mapped ? '' : from, 'http://x/')).pathname.slice(1);
  };
  const follow = async (name: string): Promise<void> => {
    if (seen.has(name)) return;
    seen.add(name);
    const file = await files.get(name);
    assert.ok(file, `${name} is not served`);
    if (name.startsWith('lib/mqtt')) return;
    if (!name.startsWith('lib/')) assert.doesNotMatch(file.body, /^import type|: string\b/m, name);
    for (const [, specifier = ''] of file.body.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g))
      await follow(resolve(specifier, name));
  };
  await follow('main.ts');
  assert.ok(
    seen.has('views/page.ts') && seen.has('lib/lit-html/lit-html.js') && seen.has('lib/yaml/index.js'),
  );
});

test('nothing else of this machine is served', async () => {
  for (const name of [
    '../package.json',
    'package.json',
    'tsconfig.json',
    'facts.test.ts',
    'views/../../package.json',
    'lib/yaml/../package.json',
    'lib/yaml/dist/../../package.js',
    'lib/mqtt/mqtt.js',
    'protocol/sealing.ts',
    '/etc/passwd',
    '',
  ])
    assert.equal(await files.get(name), undefined, name);
});

test('the policy allows the import map, and no other script in the page', () => {
  const html = readFileSync(new URL('../../dashboard/index.html', import.meta.url), 'utf8');
  assert.equal([...html.matchAll(/<script(?! type="module" src=)/g)].length, 1);
  assert.notEqual(inlineScriptHash(html), inlineScriptHash(html.replace('lib', 'evil')));
});
