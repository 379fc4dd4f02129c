import assert from 'node:assert/strict';
import test from 'node:test';
import { lockHolder, lockingPid } from './lock-holder.ts';

const table = `1: FLOCK  ADVISORY  WRITE 11 fe:00:42 0 EOF
2: POSIX  ADVISORY  WRITE 12 fe:00:142 0 EOF
2: -> POSIX  ADVISORY  WRITE 13 fe:00:42 0 EOF
3: POSIX  ADVISORY  WRITE 0 fe:00:42 0 EOF
4: POSIX  ADVISORY  WRITE 14 fe:00:42 0 EOF
`;

test('the process that holds the lock is found, not one that waits, or that cannot be seen', () => {
  assert.equal(lockingPid(table, 42), 14);
  assert.equal(lockingPid(table, 2), undefined);
});

test('a file that nobody has locked, and one that is not there, have no holder', async () => {
  assert.equal(await lockHolder(import.meta.filename), undefined);
  assert.equal(await lockHolder('/nowhere/LOCK'), undefined);
});
