import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { listFiles } from '../runner/test-files.ts';

const project = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(project, path), 'utf8');
const page = read('docs/guarantees.md');
const all = ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'G8', 'G9'];
const sources = listFiles(project, (path) => path.endsWith('.ts') && !path.includes('.generated.'));
const isProduct = (path: string): boolean =>
  !path.startsWith('test/') && !/\.test\.ts$|\.testing\.ts$|\/testing\//.test(path);

interface Section {
  readonly name: string;
  readonly heldBy: readonly string[];
  /** Files, and the titles of their tests. */
  readonly tests: readonly { readonly file: string; readonly titles: readonly string[] }[];
  readonly mutations: readonly string[];
}

function sectionsOf(text: string): Section[] {
  return text
    .split(/^## /m)
    .filter((part) => /^G\d/.test(part))
    .map((part) => {
      const [held = '', failing = ''] = (part.split('Held by:')[1] ?? '').split('Fails without it:');
      return {
        name: part.slice(0, 2),
        heldBy: [...held.matchAll(/^- `([^`]+)`$/gm)].map(([, path = '']) => path),
        tests: [...failing.matchAll(/^- `([^`]+)`\n((?: {2}- .+\n)*)/gm)].map(
          ([, file = '', titles = '']) => ({
            file,
            titles: [...titles.matchAll(/^ {2}- (.+)$/gm)].map(([, title = '']) => title),
          }),
        ),
        mutations: [...failing.matchAll(/^- mutation: (.+)$/gm)].map(([, name = '']) => name),
      };
    });
}

/** What the first argument of `test` says in a file. */
function titlesIn(path: string): string[] {
  const calls = read(path).matchAll(/\btest\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g);
  return [...calls].map(([, , title = '']) => title.replaceAll(/\\(.)/g, '$1'));
}

const sections = sectionsOf(page);

test('the page has the nine guarantees of ARCHITECTURE.md, and so has the simulation', () => {
  assert.deepEqual(
    sections.map(({ name }) => name),
    all,
  );
  const listed = [...read('ARCHITECTURE.md').matchAll(/^- (G\d) /gm)].map(([, name]) => name);
  assert.deepEqual(listed, all);
  const checks = sources.filter((path) => path.startsWith('test/sim/')).map(read);
  for (const name of all)
    assert.ok(
      checks.some((text) => new RegExp(`broken\\(\\s*'${name}'`).test(text)),
      `no check of the simulation finds ${name} broken`,
    );
});

test('each guarantee is held by files that name it, and by tests that exist', () => {
  for (const { name, heldBy, tests } of sections) {
    assert.ok(heldBy.length > 0 && tests.some(({ titles }) => titles.length > 0), name);
    for (const path of heldBy) {
      assert.ok(isProduct(path), `${path} is no part of the product`);
      assert.match(read(path), new RegExp(`\\b${name}\\b`), `${path} does not name ${name}`);
    }
    for (const { file, titles } of tests) {
      assert.ok(existsSync(join(project, file)), `${name}: there is no ${file}`);
      const there = titlesIn(file);
      for (const title of titles) assert.ok(there.includes(title), `${file} has no test “${title}”`);
    }
  }
});

test('each mutation that the page names is one of the simulation’s, and breaks that guarantee', () => {
  const texts = sources.filter((path) => path.startsWith('test/sim/mutations')).map(read);
  for (const { name, mutations } of sections)
    for (const mutation of mutations)
      assert.ok(
        texts.some((text) => text.includes(`name: '${mutation}',\n    breaks: '${name}'`)),
        `no mutation “${mutation}” that breaks ${name}`,
      );
});

test('each path and each metric that the page names exists', () => {
  const metrics = sources
    .filter((path) => path.startsWith('controller/metrics/'))
    .map(read)
    .join('\n');
  for (const [, path = ''] of page.matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|md|sh))`/g))
    assert.ok(existsSync(join(project, path)), `there is no ${path}`);
  for (const [, name = ''] of page.matchAll(/`bramble_([a-z]+_[a-z_]+)/g))
    assert.ok(
      metrics.includes(`'bramble_${name}'`) || metrics.includes(`'${name.replace(/^(broker|board)_/, '')}'`),
      `there is no metric bramble_${name}`,
    );
  for (const [, reason = ''] of page.matchAll(/reason="([a-z-]+)"/g))
    assert.match(metrics, new RegExp(`^ +'?${reason}'?[:,]`, 'm'), `nothing is counted as ${reason}`);
});

test('no guarantee is named that there is not', () => {
  const pages = listFiles(project, (path) => path.endsWith('.md'));
  for (const path of [...sources, ...pages])
    for (const [name] of read(path).matchAll(/\bG\d+\b/g))
      assert.ok(all.includes(name), `${path} names ${name}`);
});
