import assert from 'node:assert/strict';
import test from 'node:test';
import { containerSpec } from '../../testing/real-podman.ts';
import { logTail, messageParts } from './termination-message.ts';

const log = (lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line) => `2026-01-01T00:00:00.000000000Z stdout F ${line}\n`).join(''));

test('the tail of a log: the last 80 lines, or 2,048 bytes of them', () => {
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index}`);
  assert.equal(logTail(log(lines)), `${lines.slice(-80).join('\n')}\n`);
  const long = Array.from({ length: 40 }, () => 'x'.repeat(199));
  const tail = logTail(log(long));
  assert.equal(tail.length, 2_048);
  assert.ok(tail.endsWith(`${'x'.repeat(199)}\n`));
  assert.equal(logTail(Buffer.from('half a line of a')), '');
});

test('a path that the pod mounts itself is left to it', () => {
  const terminationMessage = { path: '/why', fallbackToLogs: false };
  const mounts = [{ source: '/x', target: '/why', readOnly: false }];
  assert.deepEqual(messageParts(containerSpec({ name: 'a', terminationMessage, mounts }), '/f'), {
    mounts: [],
    labels: {},
  });
  assert.deepEqual(messageParts(containerSpec({ name: 'a', terminationMessage }), '/f').mounts, [
    { source: '/f', target: '/why', readOnly: false },
  ]);
});
