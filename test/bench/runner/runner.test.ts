import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { markdown, type Report } from '../report.ts';
import { formatDocument, parseDocument, type Run, withRuns } from './document.ts';
import type { Machine } from './machine.ts';
import { benchNames, chooseBenches } from './programs.ts';
import { faultsOf } from './section.ts';

const machine: Machine = {
  cpu: 'Fast CPU',
  cores: 2,
  memoryGibibytes: 23.6,
  kernel: 'Linux 6.18',
  node: 'v24.1.0',
  at: '2026-11-23T03:40:51.123Z',
  load: 0.25,
};

const report: Report = {
  title: 'Store',
  about: 'Beside LevelDB.',
  columns: ['what', 'ours'],
  rows: [['creates', '7']],
  limitedBy: 'the disk.',
  next: 'a faster disk.',
};

const run = (name: string, change: Partial<Report> = {}, on: Partial<Machine> = {}): Run => ({
  name,
  markdown: markdown({ ...report, ...change }),
  machine: { ...machine, ...on },
  tookSeconds: 12.3,
});

test('benchmarks are the programs of the folder, without the runner and tests; unknown names are told', () => {
  const names = benchNames(join(import.meta.dirname, '..'));
  for (const name of ['actors', 'broker', 'pod', 'store']) assert.ok(names.includes(name), name);
  for (const name of ['main', 'report', 'report.test']) assert.ok(!names.includes(name), name);
  assert.deepEqual(chooseBenches(['a', 'b', 'c'], ['c', 'a']), ['a', 'c']);
  assert.deepEqual(chooseBenches(['a', 'b'], []), ['a', 'b']);
  assert.throws(() => chooseBenches(['a', 'b'], ['d']), /no benchmark is called d; there are: a, b/);
});

test('a page that was written is read back the same, with machine, date and load of each run', () => {
  const written = withRuns(
    parseDocument(''),
    [run('store'), run('broker', { title: 'Broker' })],
    ['broker', 'store'],
  );
  const page = formatDocument(written, machine);
  assert.deepEqual(parseDocument(page), written);
  assert.deepEqual([...written.sections.keys()], ['broker', 'store']);
  assert.match(page, /\| processor \| 2 × Fast CPU \|/);
  assert.match(page, /Measured 2026-11-23 03:40 UTC, in 12 s, on 2 × Fast CPU, whose load was 0\.3 /);
});

test('running one replaces its section alone, and those of programs that are gone go', () => {
  const before = withRuns(
    parseDocument(''),
    [run('store'), run('broker'), run('gone')],
    ['broker', 'gone', 'store'],
  );
  const again = run('store', { rows: [['creates', '9']] }, { at: '2027-01-01T00:00:00Z' });
  const after = withRuns(before, [again], ['broker', 'store']);
  assert.deepEqual([...after.sections.keys()], ['broker', 'store']);
  assert.equal(after.sections.get('broker'), before.sections.get('broker'));
  assert.match(after.sections.get('store') ?? '', /\| creates \| 9 \|[\s\S]*Measured 2027-01-01 00:00 UTC/);
});

test('a section without heading, table, limits or numbers is no section', () => {
  const good = markdown(report);
  assert.deepEqual(faultsOf(good), []);
  assert.match(faultsOf('').join(), /heading/);
  assert.match(faultsOf(`progress\n${good}`).join(), /does not begin with a heading/);
  assert.match(faultsOf(good + good).join(), /more than one heading/);
  assert.match(faultsOf(markdown({ ...report, rows: [] })).join(), /no rows/);
  assert.match(faultsOf(markdown({ ...report, rows: [['creates', '7', '8']] })).join(), /different lengths/);
  assert.match(faultsOf(markdown({ ...report, rows: [['creates', 'NaN']] })).join(), /NaN/);
  assert.match(faultsOf(markdown({ ...report, limitedBy: '' })).join(), /what limits it/);
  assert.match(faultsOf(markdown({ ...report, next: '' })).join(), /next/);
  assert.deepEqual(faultsOf(markdown({ ...report, rows: [['a|b', '7']] })), []);
});
