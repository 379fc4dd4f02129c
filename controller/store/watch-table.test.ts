import assert from 'node:assert/strict';
import test from 'node:test';
import { MemoryDisk, MemoryEngine } from './memory-engine.ts';
import { put, type RunningStore, runStore, transaction } from './testing/running-store.ts';
import type { StoreEvent } from './types.ts';

function start(): Promise<RunningStore> {
  return runStore(new MemoryEngine(new MemoryDisk('memory')));
}

const revisionsIn = (events: readonly StoreEvent[]): number[] => events.map(({ stored }) => stored.revision);

test('G2 who begins to watch while others are told sees each change once', async () => {
  const { store, stop } = await start();
  const fromNow: number[] = [];
  const fromStart: number[] = [];
  let begun = false;
  store.watch({
    prefix: '/registry/',
    from: undefined,
    onEvents: () => {
      if (begun) return;
      begun = true;
      const prefix = '/registry/configmaps/';
      store.watch({ prefix, from: undefined, onEvents: (events) => fromNow.push(...revisionsIn(events)) });
      store.watch({ prefix, from: 0, onEvents: (events) => fromStart.push(...revisionsIn(events)) });
      store.watch({ prefix: '/registry/', from: 0, onEvents: () => {} });
    },
  });
  await store.commit(transaction([put('a'), put('b')]));
  await store.commit(transaction([put('c')]));
  assert.deepEqual(fromNow, [3]);
  assert.deepEqual(fromStart, [1, 2, 3]);
  await stop();
});

test('G2 one that begins to watch a prefix which is told later in the same round is not told twice', async () => {
  const { store, stop } = await start();
  const late: number[] = [];
  let begun = false;
  const begin = (): void => {
    if (begun) return;
    begun = true;
    store.watch({ prefix: '/r', from: 0, onEvents: (events) => late.push(...revisionsIn(events)) });
  };
  store.watch({ prefix: '/registry/', from: undefined, onEvents: begin });
  store.watch({ prefix: '/r', from: undefined, onEvents: () => {} });
  await store.commit(transaction([put('a'), put('b')]));
  assert.deepEqual(late, [1, 2]);
  await stop();
});

test('who is stopped while others are told is told nothing more', async () => {
  const { store, stop } = await start();
  const seen: string[] = [];
  let stopSecond = (): void => {};
  store.watch({
    prefix: '/registry/',
    from: undefined,
    onEvents: () => {
      seen.push('first');
      stopSecond();
    },
  });
  const second = store.watch({ prefix: '/registry/', from: undefined, onEvents: () => seen.push('second') });
  if (second.ok) stopSecond = second.stop;
  await store.commit(transaction([put('a')]));
  assert.deepEqual(seen, ['first']);
  await stop();
});

test('G2 a watch from a revision that the store has not reached is gone', async () => {
  const { store, stop } = await start();
  await store.commit(transaction([put('a')]));
  const onEvents = (): void => {};
  assert.equal(store.watch({ prefix: '/', from: 1, onEvents }).ok, true);
  assert.deepEqual(store.watch({ prefix: '/', from: 2, onEvents }), { ok: false, reason: 'gone' });
  await stop();
});
