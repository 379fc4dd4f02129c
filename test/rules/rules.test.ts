import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEffects, checkNameAndLength, checkPattern, type StyleRule, styleRules } from './house-style.ts';
import { checkHomes, checkImports, findImports } from './imports.ts';

const imports = (path: string, text: string): string[] => checkImports({ path, text });

function styleRule(name: string): StyleRule {
  const rule = styleRules.find((each) => each.name === name);
  assert.ok(rule, name);
  return rule;
}

const style = (name: string, text: string, path = 'controller/a.ts'): string[] =>
  checkPattern(styleRule(name), { path, text });

test('every form of import is found, and none in comments or strings', () => {
  const text = [
    "import type { A } from './a.ts';",
    'import {',
    '  b,',
    "} from './b.ts';",
    "export * from './c.ts';",
    "import './d.ts';",
    "const e = await import('./e.ts');",
    "// import { f } from './f.ts';",
    "/* import { g } from './g.ts'; */",
    "export const from = 'h.ts';",
  ].join('\n');
  assert.deepEqual(
    findImports(text).map(({ specifier }) => specifier),
    ['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts'],
  );
});

test('controller and agent never import each other', () => {
  assert.match(
    imports('controller/a.ts', "\nimport { x } from '@bramble/agent/x.ts';")[0] ?? '',
    /^controller\/a\.ts:2: /,
  );
  assert.equal(imports('agent/a.ts', "import { x } from '@bramble/controller/main.ts';").length, 1);
  assert.equal(imports('agent/a.ts', "import { x } from '../controller/x.ts';").length, 1);
});

test('the kernel imports nothing, the protocol only its own packages', () => {
  assert.equal(imports('actors/a.ts', "import { parse } from 'yaml';").length, 1);
  assert.equal(imports('protocol/a.ts', "import { parse } from 'yaml';").length, 0);
  assert.equal(imports('protocol/a.ts', "import { x } from '@bramble/actors/index.ts';").length, 1);
  assert.equal(imports('setup/a.mjs', "import x from 'zod';").length, 1);
});

test('zod is handed on by one module, in its small flavour', () => {
  const text = "import * as z from 'zod/mini';";
  assert.equal(imports('protocol/zod.ts', text).length, 0);
  assert.match(imports('protocol/a.ts', text)[0] ?? '', /import zod by protocol\/zod\.ts/);
  assert.equal(imports('agent/a.ts', "import type { z } from 'zod';").length, 1);
  assert.equal(imports('agent/a.ts', "import * as z from '@bramble/protocol/zod.ts';").length, 0);
});

test('cli starts controller and agent by their main modules, and sees nothing else of them', () => {
  assert.equal(imports('cli/up.ts', "const m = await import('@bramble/agent/main.ts');").length, 0);
  assert.equal(imports('cli/up.ts', "import { x } from '@bramble/agent/journal/x.ts';").length, 1);
});

test('fast-check is for tests', () => {
  const text = "import fc from 'fast-check';";
  assert.equal(imports('actors/a.test.ts', text).length, 0);
  assert.equal(imports('actors/testing/a.ts', text).length, 0);
  assert.equal(imports('actors/a.ts', text).length, 1);
});

test('a library behind a port has one folder', () => {
  const text = "import { connect } from 'mqtt';";
  assert.deepEqual(
    checkHomes([
      { path: 'adapters/mqtt/a.ts', text },
      { path: 'adapters/mqtt/b.ts', text },
    ]),
    [],
  );
  assert.equal(
    checkHomes([
      { path: 'adapters/mqtt/a.ts', text },
      { path: 'adapters/other/b.ts', text },
    ]).length,
    1,
  );
  assert.equal(checkHomes([{ path: 'adapters/a.ts', text }]).length, 1);
});

test('effects are refused in our own code, and allowed at the edge', () => {
  const text = 'const a = Date.now();\nsetTimeout(f, 1);\nnew Date();\nMath.random();\nprocess.env.HOME;';
  assert.equal(checkEffects([{ path: 'controller/a.ts', text }]).length, 5);
  assert.match(
    checkEffects([{ path: 'controller/a.ts', text }])[1] ?? '',
    /^controller\/a\.ts:2: `setTimeout`/,
  );
  for (const path of ['controller/main.ts', 'controller/a.test.ts', 'adapters/host/a.ts', 'cli/a.ts']) {
    assert.deepEqual(checkEffects([{ path, text }]), [], path);
  }
  assert.deepEqual(
    checkEffects([{ path: 'controller/store/level/a.ts', text: `import { Level } from 'level';\n${text}` }]),
    [],
  );
});

test('a date that is given, and effects in comments and strings, are no effects', () => {
  const text =
    "const a = new Date(5);\n// Date.now()\n/** setTimeout */\nconst b = 'Math.random';\nconst c = `process.env`;";
  assert.deepEqual(checkEffects([{ path: 'controller/a.ts', text }]), []);
});

test('each pattern of the house style catches what it is for', () => {
  assert.equal(style('default export', 'export default function x() {}').length, 1);
  assert.equal(style('default export', 'export const defaults = 1;').length, 0);
  assert.match(style('postponed work', `\n\n// ${'TO'}DO later`)[0] ?? '', /^controller\/a\.ts:3: /);
  assert.equal(style('mutable module state', 'let count = 0;').length, 1);
  assert.equal(style('mutable module state', 'function f() {\n  let count = 0;\n}').length, 0);
  assert.equal(style('console', 'console.log(1);').length, 1);
  assert.equal(style('console', 'console.log(1);', 'cli/a.ts').length, 0);
  const ignore = `// biome-${'ignore'} lint/suspicious/noExplicitAny`;
  assert.equal(style('ignored lint without a reason', ignore).length, 1);
  assert.equal(style('ignored lint without a reason', `${ignore}: the library's own type is any`).length, 0);
});

test('long files and files of everything are refused', () => {
  assert.equal(checkNameAndLength({ path: 'agent/a.ts', text: 'x\n'.repeat(351) }).length, 1);
  assert.deepEqual(checkNameAndLength({ path: 'agent/a.ts', text: 'x\n'.repeat(350) }), []);
  assert.equal(checkNameAndLength({ path: 'agent/utils.ts', text: '' }).length, 1);
});
