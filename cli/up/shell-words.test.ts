import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { shellQuoted, unquotedPath } from './shell-words.ts';

const shells = ['sh', 'bash'];

const wordsIn = (shell: string, script: string): string[] =>
  execFileSync(shell, ['-c', `${script}; printf '%s\\0' "$@"`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bramble-words-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a quoted text is one word, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', minLength: 1 }), (raw) => {
      const text = raw.replaceAll('\0', 'x');
      assert.deepEqual(wordsIn('sh', `set -- ${shellQuoted(text)}`), [text]);
    }),
    { numRuns: 50 },
  );
});

test('a path in a variable without quotes is one word where the file exists', (context) => {
  for (const name of ['plain', 'my bramble', 'two  spaces', 'a*b', 'what?', '[x]', "it's"]) {
    const path = join(temporaryFolder(context), name, 'ca.crt');
    mkdirSync(join(path, '..'));
    writeFileSync(path, '');
    const variable = shellQuoted(`--cafile ${unquotedPath(path)} -u admin`);
    for (const shell of shells)
      assert.deepEqual(
        wordsIn(shell, `V=${variable}; set -- $V`),
        ['--cafile', path, '-u', 'admin'],
        `${shell}: ${name}`,
      );
  }
});
