import assert from 'node:assert/strict';
import test from 'node:test';
import { ActorSystem } from '@bramble/actors/index.ts';
import { VirtualHost } from '@bramble/actors/testing/virtual-host.ts';
import { type EventExpiryOptions, eventExpiry } from './event-expiry.ts';
import { MemoryDisk, MemoryEngine } from './memory-engine.ts';
import { put, type RunningStore, runStore, transaction } from './testing/running-store.ts';
import type { Write } from './types.ts';

const hourMs = 3_600_000;

interface Scene extends RunningStore {
  readonly host: VirtualHost;
  readonly batches: number[];
  readonly add: (name: string, fields: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly names: () => string[];
}

async function start(options: EventExpiryOptions): Promise<Scene> {
  const host = new VirtualHost();
  const engine = new MemoryEngine(new MemoryDisk('memory'));
  const batches: number[] = [];
  const commit = engine.commit.bind(engine);
  engine.commit = (transactions) => {
    batches.push(transactions.length);
    return commit(transactions);
  };
  const running = await runStore(engine, { host });
  const { store } = running;
  const system = new ActorSystem(host, {
    onRootFailure: (error) => {
      throw error;
    },
  });
  system.run('expiry', eventExpiry(store, options));
  const commitOne = async (write: Write): Promise<void> => {
    const result = store.commit(transaction([write]));
    await host.elapse(1);
    assert.ok((await result).ok);
  };
  return {
    ...running,
    host,
    batches,
    add: (name, fields) => {
      const metadata = { name, namespace: 'default' };
      const object = { apiVersion: 'v1', kind: 'Event', metadata, ...fields };
      return commitOne({ type: 'put', key: `/registry/events/default/${name}`, object });
    },
    names: () => store.list('/registry/events/').map(({ object }) => object.metadata.name),
    stop: async () => {
      system.stop();
      await running.stop();
    },
  };
}

function ago(host: VirtualHost, ms: number): string {
  return new Date(host.now() - ms).toISOString();
}

test('events older than their lifetime go; when an event was last seen counts, not when it began', async () => {
  const { host, store, add, names, stop } = await start({ lifetimeMs: hourMs, intervalMs: 60_000 });
  await add('old', { lastTimestamp: ago(host, 2 * hourMs) });
  await add('fresh', { lastTimestamp: ago(host, hourMs / 2) });
  await add('counted', { eventTime: ago(host, 3 * hourMs), series: { lastObservedTime: ago(host, 1_000) } });
  await add('timeless', {});
  await add('created', { metadata: { name: 'created', creationTimestamp: ago(host, 2 * hourMs) } });
  const kept = store.commit(transaction([put('no-event')]));
  await host.elapse(120_000);
  await kept;
  assert.deepEqual(names(), ['counted', 'fresh']);
  assert.equal(store.list('/registry/configmaps/').length, 1);
  await host.elapse(hourMs);
  assert.deepEqual(names(), []);
  await stop();
});

test('G8 above the quota the oldest go, in batches', async () => {
  const { host, add, names, batches, stop } = await start({ quota: 3, intervalMs: 60_000, batch: 4 });
  for (let age = 12; age >= 1; age -= 1) await add(`event-${age}`, { lastTimestamp: ago(host, age * 1_000) });
  batches.length = 0;
  await host.elapse(61_000);
  assert.deepEqual(names(), ['event-1', 'event-2', 'event-3']);
  assert.deepEqual(batches, [4, 4, 1]);
  await stop();
});
