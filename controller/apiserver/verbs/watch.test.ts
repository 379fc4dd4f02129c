import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { MemoryDisk, MemoryEngine } from '../../store/memory-engine.ts';
import { runStore } from '../../store/testing/running-store.ts';
import { bounds } from '../bounds.ts';
import { ApiPipeline } from '../pipeline.ts';
import type { Status, WatchSink } from '../request.ts';
import { admin } from '../testing/running-api.ts';

/** Writes down what a watch tells. */
class Notes implements WatchSink {
  readonly told: string[] = [];
  ended: Status | 'in peace' | undefined;
  readonly onEvents: WatchSink['onEvents'] = (events) => {
    for (const { type, stored } of events) this.told.push(`${type} ${stored.object.metadata.name}`);
  };
  readonly onBookmark: WatchSink['onBookmark'] = (revision, end) => {
    this.told.push(`bookmark ${revision}${end ? ' end' : ''}`);
  };
  readonly onEnd: WatchSink['onEnd'] = (status) => {
    this.ended = status ?? 'in peace';
  };
}

/** Time passes with each look at the clock, so that slices end. */
class BusyHost extends VirtualHost {
  #looks = 0;
  override monotonic(): number {
    this.#looks += 1;
    return super.monotonic() + this.#looks;
  }
}

async function setUp(host = new VirtualHost()) {
  const running = await runStore(new MemoryEngine(new MemoryDisk('test')), { windowEvents: 3 });
  const { store } = running;
  const pipeline = new ApiPipeline({ store, host, uid: () => 'uid' });
  const put = (name: string) => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
    const writes = [{ type: 'put', key: `/registry/configmaps/default/${name}`, object }] as const;
    return store.commit({ conditions: [], writes });
  };
  const watch = async (options: Record<string, string>) => {
    const answer = await pipeline.handle({
      user: admin,
      verb: 'watch',
      group: '',
      version: 'v1',
      resource: 'configmaps',
      subresource: undefined,
      namespace: 'default',
      name: undefined,
      options,
      body: undefined,
      receivedAt: 0,
    });
    assert.ok(answer.type === 'watch');
    const notes = new Notes();
    return { notes, stop: answer.watch.start(notes) };
  };
  return { host, running, put, watch };
}

test('G2 a revision that has left the window is 410, and the client lists again', async () => {
  const { running, put, watch } = await setUp();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await put(name);
  const recent = await watch({ resourceVersion: '3' });
  assert.deepEqual(recent.notes.told, ['added d', 'added e']);
  const old = await watch({ resourceVersion: '1' });
  assert.ok(typeof old.notes.ended === 'object');
  assert.deepEqual([old.notes.ended.code, old.notes.ended.reason], [410, 'Expired']);
  recent.stop();
  await running.stop();
});

test('bookmarks come once a minute, and the watch ends in time, with a last one', async () => {
  const { host, running, put, watch } = await setUp();
  await put('a');
  const { notes } = await watch({ resourceVersion: '1', allowWatchBookmarks: 'true', timeoutSeconds: '150' });
  const silent = await watch({ resourceVersion: '1' });
  host.advance(bounds.bookmarkIntervalMs);
  await put('b');
  host.advance(bounds.bookmarkIntervalMs);
  assert.deepEqual(notes.told, ['bookmark 1', 'added b', 'bookmark 2']);
  assert.equal(notes.ended, undefined);
  host.advance(30_000);
  assert.equal(notes.ended, 'in peace');
  assert.equal(notes.told.at(-1), 'bookmark 2');
  assert.deepEqual(silent.notes.told, ['added b']);
  host.advance(bounds.watchLifetimeMs);
  assert.equal(silent.notes.ended, 'in peace');
  assert.equal(host.timers, 0);
  assert.equal(running.cache.counts.watches, 0);
  await running.stop();
});

test('who watches one name hears of that one alone', async () => {
  const { running, put, watch } = await setUp();
  await put('ab');
  const { notes, stop } = await watch({ fieldSelector: 'metadata.name=a' });
  await put('a');
  await put('ab');
  assert.deepEqual(notes.told, ['added a']);
  stop();
  await put('a');
  assert.deepEqual(notes.told, ['added a']);
  assert.equal(running.cache.counts.watches, 0);
  await running.stop();
});

test('thousands that were there are told in slices; what happens meanwhile comes behind them and their bookmark', async () => {
  const { host, running, put, watch } = await setUp(new BusyHost());
  const names = Array.from({ length: 1_000 }, (_, index) => `c${index}`.padEnd(5, 'x'));
  for (const name of names) await put(name);
  const options = {
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: 'true',
  };
  const [{ notes }, left] = [await watch(options), await watch(options)];
  const first = notes.told.length;
  assert.ok(first > 0 && first < names.length, `${first} in the first slice`);
  left.stop();
  const leftWith = left.notes.told.length;
  await put('late');
  assert.equal(notes.told.length, first);
  await host.elapse(1);
  const added = names.toSorted().map((name) => `added ${name}`);
  assert.deepEqual(notes.told, [...added, 'bookmark 1000 end', 'added late']);
  assert.equal(left.notes.told.length, leftWith);
  await running.stop();
});
