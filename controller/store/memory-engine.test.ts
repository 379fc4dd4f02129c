import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeTransaction } from './encode.ts';
import { MemoryDisk, MemoryEngine } from './memory-engine.ts';
import { engineConformance } from './testing/engine-conformance.ts';
import { keyOf, put, runStore, transaction } from './testing/running-store.ts';

engineConformance('memory', async () => {
  const disk = new MemoryDisk('memory');
  return {
    engine: () => new MemoryEngine(disk),
    foreign: async (_, foreign) => {
      const [result] = disk.commit([encodeTransaction(foreign)]);
      assert.ok(result);
      return result;
    },
    setFull: (full) => {
      disk.full = full;
    },
    cleanUp: async () => {},
  };
});

test('G1 a crash loses what was not synced, and only that', async () => {
  const disk = new MemoryDisk('memory');
  const syncs: (() => void)[] = [];
  const engine = new MemoryEngine(disk, (done) => syncs.push(done));
  await engine.open();
  const commit = (name: string) => engine.commit([encodeTransaction(transaction([put(name)]))]);
  const answered = commit('answered');
  syncs.shift()?.();
  await answered;
  let told = false;
  commit('arrived').then(() => {
    told = true;
  });
  commit('lost').then(() => {
    told = true;
  });
  engine.crash(1);
  for (const sync of syncs) sync();
  const { cache, stop } = await runStore(new MemoryEngine(disk));
  assert.deepEqual(
    cache.list('/').map(({ key }) => key),
    [keyOf('answered'), keyOf('arrived')],
  );
  assert.equal(cache.revision, 2);
  assert.equal(told, false);
  await stop();
});
