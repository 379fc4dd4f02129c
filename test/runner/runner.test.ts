import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { choose } from './stages.ts';
import { closingLine, nothing, stageLine, type Tally, verdict } from './tally.ts';
import { runTestFile } from './test-file.ts';

const files = [
  'actors/inbox.test.ts',
  'test/e2e/pod.test.ts',
  'test/rules/rules.test.ts',
  'test/sim/fleet.test.ts',
];

const chosenFiles = (...filters: string[]): string[] =>
  choose(files, filters).chosen.flatMap((each) => [...each.files]);

test('without a filter every file is chosen once, in the order of the stages', () => {
  assert.deepEqual(chosenFiles(), [
    'test/rules/rules.test.ts',
    'actors/inbox.test.ts',
    'test/sim/fleet.test.ts',
    'test/e2e/pod.test.ts',
  ]);
});

test('a stage or a part of a path chooses, and what matches nothing is told', () => {
  assert.deepEqual(chosenFiles('sim'), ['test/sim/fleet.test.ts']);
  assert.deepEqual(chosenFiles('./actors/', 'e2e'), ['actors/inbox.test.ts', 'test/e2e/pod.test.ts']);
  assert.deepEqual(choose(files, ['sim', 'nowhere']).unmatched, ['nowhere']);
  const byPath = choose(files, ['test/rules']).chosen[0];
  assert.equal(byPath?.whole, false);
});

test('the closing line and the verdict', () => {
  assert.equal(closingLine({ ...nothing, passed: 3 }), '3 passed, 0 failed');
  assert.equal(
    closingLine({ ...nothing, passed: 3, failed: 1, skipped: 2 }),
    '3 passed, 1 failed, 2 skipped',
  );
  assert.equal(verdict({ ...nothing, passed: 1 }, true), undefined);
  assert.match(verdict(nothing, false) ?? '', /No test ran/);
  assert.match(verdict({ ...nothing, passed: 1, failed: 1 }, false) ?? '', /1 failed/);
  assert.equal(verdict({ ...nothing, passed: 1, skipped: 1 }, false), undefined);
  assert.match(verdict({ ...nothing, passed: 1, skipped: 1 }, true) ?? '', /CI does not allow/);
});

// node:test runs nothing from within a test, unless it does not know that it is one.
delete process.env.NODE_TEST_CONTEXT;

const minuteMs = 60_000;

async function tallyOf(context: TestContext, source: string, timeoutMs = minuteMs): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'bramble-runner-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'a.test.mjs');
  writeFileSync(
    file,
    `import { describe, test } from 'node:test';\nimport assert from 'node:assert/strict';\n${source}`,
  );
  return runTestFile(file, timeoutMs, new AbortController().signal);
}

const counts = ({ passed, failed, skipped }: Tally): number[] => [passed, failed, skipped];

test('tests are counted one by one, suites are not', async (context) => {
  const source =
    "describe('s', () => { test('a', () => {}); test('b', () => {}); test('c', { skip: true }, () => {}); });";
  assert.deepEqual(counts(await tallyOf(context, source)), [2, 0, 1]);
});

test('what a test has measured stands at the end of its stage', async (context) => {
  const source =
    "test('a', (context) => { context.diagnostic('measured: 7 m'); context.diagnostic('other'); });";
  const tally = await tallyOf(context, source);
  assert.deepEqual(tally.measured, ['7 m']);
  assert.equal(stageLine('unit', tally), 'stage unit: 1 passed, 0 failed; 7 m');
});

test('a failure is counted once and told in full: file and line, path of names, difference, output', async (context) => {
  const tally = await tallyOf(
    context,
    "console.log('said');\ndescribe('s', () => { test('bad', () => assert.deepEqual({ a: 1 }, { a: 2 })); });",
  );
  assert.deepEqual(counts(tally), [0, 1, 0]);
  const text = tally.failures.join('\n');
  assert.match(text, /a\.test\.mjs:4\ns › bad\n/);
  assert.match(text, /\+ {3}a: 1\n- {3}a: 2/);
  assert.match(text, /printed:\nsaid/);
});

test('a file that holds no test, or cannot be loaded, has failed', async (context) => {
  assert.deepEqual(counts(await tallyOf(context, '')), [0, 1, 0]);
  const broken = await tallyOf(context, "throw new Error('cannot load');");
  assert.deepEqual(counts(broken), [0, 1, 0]);
  assert.match(broken.failures.join('\n'), /cannot load/);
});

test('a file that does not end is stopped, and its other tests still count', async (context) => {
  const tally = await tallyOf(context, "test('ends', () => { setInterval(() => {}, 1000); });", 1_500);
  assert.deepEqual(counts(tally), [1, 1, 0]);
  assert.match(tally.failures.join('\n'), /took longer than 1\.5 s and was stopped/);
});

test('a file that ends with an error code after its tests passed has failed', async (context) => {
  const tally = await tallyOf(
    context,
    "test('a', () => {});\nprocess.on('exit', () => { process.exitCode = 3; });",
  );
  assert.deepEqual(counts(tally), [1, 1, 0]);
});
