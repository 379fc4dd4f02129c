import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressLine } from './progress-line.ts';

function told(isTTY: boolean, totalBytes: number | undefined): string[] {
  const written: string[] = [];
  const tell = progressLine({ isTTY, write: (text) => written.push(text) });
  for (let done = 1; done <= 100; done += 1)
    tell('writing', { doneBytes: done * 10_000_000, totalBytes, elapsedMs: done * 100 });
  tell('reading back', { doneBytes: 10_000_000, totalBytes: 1_000_000_000, elapsedMs: 100 });
  return written;
}

test('for a log there is a line for each tenth', () => {
  const lines = told(false, 1_000_000_000);
  assert.equal(lines.length, 12);
  assert.equal(lines[0], 'writing: 10 MB of 1.0 GB (1 %), 100 MB/s, 10 s left\n');
  assert.equal(lines[10], 'writing: 1.0 GB of 1.0 GB (100 %), 100 MB/s\n');
  assert.equal(lines[11], 'reading back: 10 MB of 1.0 GB (1 %), 100 MB/s, 10 s left\n');
  assert.equal(told(false, undefined).length, 5, 'or, of an unknown whole, for each 256 MiB');
});

test('on a terminal one line changes, and ends when the work does', () => {
  const lines = told(true, 1_000_000_000);
  assert.ok(lines.length < 100);
  assert.ok(lines.every((line) => line.startsWith('\r\x1b[K')));
  assert.equal(lines.filter((line) => line.endsWith('\n')).length, 1);
  assert.match(lines.at(-2) ?? '', /\(100 %\), 100 MB\/s\n$/);
});
