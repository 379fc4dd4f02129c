import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { checkEffects, checkNameAndLength, checkPattern, styleRules } from './house-style.ts';
import { checkHomes, checkImports } from './imports.ts';
import { readSources, type Violation } from './source-file.ts';
import { importRules } from './tables.ts';

const files = readSources(resolve(import.meta.dirname, '../..'));

function assertNone(violations: readonly Violation[]): void {
  assert.ok(violations.length === 0, `\n${violations.join('\n')}\n`);
}

test('the project was read', () => {
  const folders = new Set(files.map(({ path }) => path.split('/', 1)[0]));
  for (const workspace of ['actors', 'protocol', 'controller', 'agent', 'setup'])
    assert.ok(folders.has(workspace), workspace);
  for (const folder of folders)
    assert.ok(
      folder === 'setup' || folder === 'test' || (folder !== undefined && folder in importRules),
      `${folder} has no import rule`,
    );
});

test('imports follow the table of who may import whom', () => assertNone(files.flatMap(checkImports)));

test('each library behind a port has one home', () => assertNone(checkHomes(files)));

test('time, chance and environment come through the Host', () => assertNone(checkEffects(files)));

test('files are short and named after what they are about', () =>
  assertNone(files.flatMap(checkNameAndLength)));

for (const rule of styleRules) {
  test(`house style: no ${rule.name}`, () => assertNone(files.flatMap((file) => checkPattern(rule, file))));
}
