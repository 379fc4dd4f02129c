import assert from 'node:assert/strict';
import test from 'node:test';
import { inTemporaryDirectory } from '../testing/temporary-directory.ts';
import { type Database, type Operation, openDatabase, stageWrites, writeSynced } from './database.ts';
import { decodeValue, encodeValue } from './layout.ts';

test('G1 every batch is written with a sync: only a power cut would tell the difference', async () => {
  const calls: unknown[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): Promise<void> => {
      calls.push([name, ...args]);
      return Promise.resolve();
    };
  const recorder = { batch: () => ({ put: note('put'), del: note('del'), write: note('write') }) };
  const operations: Operation[] = [
    { type: 'put', key: '/a', json: ['1'] },
    { type: 'del', key: '/b' },
  ];
  await writeSynced(recorder as unknown as Database, operations);
  assert.deepEqual(calls, [
    ['put', '/a', encodeValue('1')],
    ['del', '/b'],
    ['write', { sync: true }],
  ]);
});

test('what is staged is in the database when it is written, all of it, and never when it is dropped', () =>
  inTemporaryDirectory(async (directory) => {
    const database = await openDatabase(directory, true);
    // Short ones share memory on their way, long ones do not; one byte, two and three for a character.
    const values = { '/a': '"a"', '/b': '"é “b”"', '/long': JSON.stringify('“'.repeat(40_000)), '/z': '"z"' };
    const operations = Object.entries(values).map(
      ([key, json]): Operation => ({ type: 'put', key, json: [json.slice(0, 2), json.slice(2)] }),
    );
    try {
      const written = stageWrites(database, operations);
      const dropped = stageWrites(database, [{ type: 'put', key: '/c', json: ['"c"'] }]);
      assert.deepEqual(await database.keys().all(), []);
      await written.write();
      await dropped.drop();
      const stored = await database.iterator().all();
      assert.deepEqual(
        Object.fromEntries(stored.map(([key, value]) => [key, decodeValue(key, value)])),
        values,
      );
      await assert.rejects(dropped.write());
    } finally {
      await database.close();
    }
  }));
