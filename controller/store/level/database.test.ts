import assert from 'node:assert/strict';
import test from 'node:test';
import { inTemporaryDirectory } from '../testing/temporary-directory.ts';
import { type Database, type Operation, openDatabase, stageWrites, writeSynced } from './database.ts';

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

test('what is staged is in the database when it is written, all of it, and never when it is dropped', () =>
  inTemporaryDirectory(async (directory) => {
    const database = await openDatabase(directory, true);
    const put = (key: string): Operation => ({ type: 'put', key, value: Buffer.from(key) });
    try {
      const written = stageWrites(database, [put('/a'), put('/b')]);
      const dropped = stageWrites(database, [put('/c')]);
      assert.deepEqual(await database.keys().all(), []);
      await written.write();
      await dropped.drop();
      assert.deepEqual(await database.keys().all(), ['/a', '/b']);
      await assert.rejects(dropped.write());
    } finally {
      await database.close();
    }
  }));
