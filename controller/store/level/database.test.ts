import assert from 'node:assert/strict';
import test from 'node:test';
import { type Database, type Operation, writeSynced } from './database.ts';

test('G1 every batch is written with a sync: only a power cut would tell the difference', async () => {
  const calls: unknown[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): Promise<void> => {
      calls.push([name, ...args]);
      return Promise.resolve();
    };
  const recorder = { batch: () => ({ put: note('put'), del: note('del'), write: note('write') }) };
  const value = Buffer.from('1');
  const operations: Operation[] = [
    { type: 'put', key: '/a', value },
    { type: 'del', key: '/b' },
  ];
  await writeSynced(recorder as unknown as Database, operations);
  assert.deepEqual(calls, [
    ['put', '/a', value],
    ['del', '/b'],
    ['write', { sync: true }],
  ]);
});
