import assert from 'node:assert/strict';
import test from 'node:test';
import { AskRefused } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { MemoryDisk, MemoryEngine } from './memory-engine.ts';
import {
  keyOf,
  put,
  type RunningStore,
  revisionsOf,
  runStore,
  transaction,
} from './testing/running-store.ts';

const bounds = {
  batchCommits: 8,
  batchBytes: 100_000,
  waitingCommits: 20,
  waitingBytes: 1_000_000,
};

interface Bench extends RunningStore {
  readonly host: VirtualHost;
  readonly disk: MemoryDisk;
  /** How many transactions each commit of the engine held. */
  readonly batches: number[];
}

/** A store whose every sync takes 10 ms. */
async function start(): Promise<Bench> {
  const host = new VirtualHost();
  const disk = new MemoryDisk('memory');
  const engine = new MemoryEngine(disk, (done) => void host.timer(10, done));
  const batches: number[] = [];
  const commit = engine.commit.bind(engine);
  engine.commit = (transactions) => {
    batches.push(transactions.length);
    return commit(transactions);
  };
  return { ...(await runStore(engine, { host, bounds })), host, disk, batches };
}

test('all that waits goes in one batch, and while it syncs the next gathers', async () => {
  const { store, host, batches, stop } = await start();
  const write = (name: string): Promise<unknown> => store.commit(transaction([put(name)]));
  const first = ['a', 'b', 'c'].map(write);
  await host.elapse(5);
  const second = ['d', 'e', 'f', 'g'].map(write);
  await host.elapse(30);
  await Promise.all([...first, ...second]);
  assert.deepEqual(batches, [3, 4]);
  await stop();
});

test('a full batch is handed over while the one before it syncs; no batch is fuller than allowed', async () => {
  const { store, host, batches, stop } = await start();
  const writes = Array.from({ length: 18 }, (_, index) => store.commit(transaction([put(`${index}`)])));
  await host.elapse(5);
  assert.deepEqual(batches, [8, 8]);
  await host.elapse(50);
  const revisions = (await Promise.all(writes)).flatMap(revisionsOf);
  assert.deepEqual(batches, [8, 8, 2]);
  assert.deepEqual(
    revisions,
    Array.from({ length: 18 }, (_, index) => index + 1),
  );
  await stop();
});

test('nothing is answered, shown or told before it is synced; then read, answer and watch agree', async () => {
  const { store, host, stop } = await start();
  const log: string[] = [];
  store.watch({ prefix: '/', from: undefined, onEvents: ([event]) => log.push(`told ${event?.stored.key}`) });
  const answered = store.commit(transaction([put('a')])).then((result) => {
    log.push(`answered ${revisionsOf(result)}, read ${store.get(keyOf('a'))?.revision}`);
  });
  await host.elapse(9);
  assert.deepEqual(log, []);
  assert.equal(store.get(keyOf('a')), undefined);
  assert.equal(store.revision, 0);
  await host.elapse(2);
  await answered;
  assert.deepEqual(log.sort(), ['answered 1, read 1', `told ${keyOf('a')}`]);
  await stop();
});

test('G8 more than may wait is refused, and nothing of it is written', async () => {
  const { store, host, disk, stop } = await start();
  const outcomes = Array.from({ length: 60 }, (_, index) =>
    store.commit(transaction([put(`${index}`)])).then(
      (result) => result.ok,
      (error: unknown) => {
        assert.ok(error instanceof AskRefused);
        return false;
      },
    ),
  );
  await host.elapse(200);
  const written = (await Promise.all(outcomes)).filter(Boolean).length;
  assert.ok(written >= bounds.waitingCommits && written < 60, `${written} were written`);
  assert.equal(disk.revision, written);
  await stop();
});

test('a watcher that throws is stopped and told of; the store and the other watchers go on', async () => {
  const host = new VirtualHost();
  const failures: unknown[] = [];
  const seen: string[] = [];
  const { store, stop } = await runStore(new MemoryEngine(new MemoryDisk('memory')), {
    host,
    onWatcherFailure: (error) => failures.push(error),
  });
  const failing = (): void => {
    throw new Error('a watcher failed');
  };
  store.watch({ prefix: '/', from: undefined, onEvents: failing });
  store.watch({
    prefix: '/',
    from: undefined,
    onEvents: (events) => seen.push(...events.map((e) => e.type)),
  });
  for (const name of ['a', 'b']) {
    const written = store.commit(transaction([put(name)]));
    await host.elapse(10);
    assert.ok((await written).ok);
  }
  assert.equal(failures.length, 1);
  assert.deepEqual(seen, ['added', 'added']);
  await stop();
});

test('a disk that does not answer is told to the caller after a minute', async () => {
  const host = new VirtualHost();
  const { store, stop } = await runStore(new MemoryEngine(new MemoryDisk('memory'), () => {}), { host });
  const outcome = assert.rejects(store.commit(transaction([put('a')])), /did not answer within 60000 ms/);
  await host.elapse(60_001);
  await outcome;
  await stop();
});

test('that the disk is full is logged once, and that it is not any more', async () => {
  const { store, host, disk, stop } = await start();
  for (const full of [true, true, false, false]) {
    disk.full = full;
    const result = store.commit(transaction([put('a')]));
    await host.elapse(50);
    assert.equal((await result).ok, !full);
  }
  assert.deepEqual(
    host.logs.map(({ message }) => message),
    ['the store cannot write', 'the store can write again'],
  );
  await stop();
});

test('an object that JSON cannot say is its caller’s failure alone', async () => {
  const { store, host, stop } = await start();
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, circular };
  await assert.rejects(store.commit(transaction([{ type: 'put', key: keyOf('a'), object }])), TypeError);
  const next = store.commit(transaction([put('b')]));
  await host.elapse(50);
  assert.ok((await next).ok);
  await stop();
});

test('G1 commits under way when the actor fails are answered with what became of them', async () => {
  const { store, actor, host, stop } = await start();
  const seen: number[] = [];
  store.watch({
    prefix: '/',
    from: undefined,
    onEvents: (events) => seen.push(...events.map(({ stored }) => stored.revision)),
  });
  const underWay = store.commit(transaction([put('a')]));
  await host.elapse(5);
  const waiting = store.commit(transaction([put('b')]));
  await host.elapse(1);
  actor.send({ type: 'commit' } as never);
  const outcomes = Promise.allSettled([underWay, waiting]);
  // Whoever is not answered by then never will be.
  await host.elapse(61_000);
  const [answered, refused] = (await outcomes).map((each) =>
    each.status === 'fulfilled' ? each.value : undefined,
  );
  assert.deepEqual(revisionsOf(answered), [1]);
  assert.ok(refused && !refused.ok && refused.reason === 'unavailable');
  const after = store.commit(transaction([put('c')]));
  await host.elapse(20);
  assert.deepEqual(revisionsOf(await after), [2]);
  assert.deepEqual(seen, [1, 2]);
  await stop();
});
