// Durable creates per second through the store's actor, beside raw LevelDB writing the same bytes in synced batches of
// the same sizes, in one run of about a minute. `npm run bench store`. The ratio means something on any
// machine that is otherwise idle, the rates on this machine and disk only: the store is busy computing where raw LevelDB
// waits for the disk, so that others' work on the same cores slows the one and not the other.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { StoreEngine } from '@bramble/controller/store/engine.ts';
import { encodeValue, type Head, headAfter, metaKeys } from '@bramble/controller/store/level/layout.ts';
import { LevelEngine } from '@bramble/controller/store/level/level-engine.ts';
import { runStore } from '@bramble/controller/store/testing/running-store.ts';
import type { StoredObject } from '@bramble/controller/store/types.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { Level } from 'level';
import { markdown } from './report.ts';

const quick = process.argv.includes('--quick');
const clientCounts = [1, 16, 256];
/** Store and raw LevelDB by turns, so that both meet the same disturbances. */
const rounds = quick ? 1 : 5;
const roundMs = quick ? 50 : 800;
/** Before anything is measured, at the most clients: the first rounds would pay for compiling. */
const warmingRounds = quick ? 0 : 3;

/** Pods that lie ready for a round; it ends early when they are used up. */
const stock = quick ? 1_000 : 40_000;

setFlagsFromString('--expose-gc');
/** What a round made ready is not collected at the cost of what is measured. */
const collectGarbage = runInNewContext('gc') as () => void;

interface Round {
  readonly creates: number;
  readonly tookMs: number;
}

type Operation = { readonly type: 'put'; readonly key: string; readonly value: Buffer };

const filler = 'an argument of some length, as real pods have them';

/** About 1.5 KB of JSON. */
function pod(name: string): KubeObject {
  const container = (index: number): Record<string, unknown> => ({
    name: `container-${index}`,
    image: `registry.example/team/app-${index}:1.2.3`,
    args: [filler, filler],
    env: [
      { name: 'MODE', value: 'production' },
      { name: 'LEVEL', value: 'info' },
    ],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: '0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'bench', tier: 'front' },
    },
    spec: {
      containers: [container(1), container(2), container(3)],
      restartPolicy: 'Always',
      nodeName: 'pi-1',
    },
    status: { phase: 'Pending' },
  };
}

const keyOf = (name: string): string => `/registry/pods/default/${name}`;

/** Notes how many transactions each batch held. */
function counting(engine: StoreEngine, batches: number[]): StoreEngine {
  return {
    open: () => engine.open(),
    subscribe: (onEvents) => engine.subscribe(onEvents),
    commit: (transactions) => {
      batches.push(transactions.length);
      return engine.commit(transactions);
    },
    close: () => engine.close(),
  };
}

/** Answers the batches that were written, too. */
async function storeRound(directory: string, clients: number): Promise<Round & { batches: Operation[][] }> {
  const sizes: number[] = [];
  // As the API server gets them: parsed, and with a life before the store.
  const template = JSON.stringify(pod('NAME'));
  const pods = Array.from({ length: stock }, (_, index) =>
    JSON.parse(template.replace('NAME', `pod-${index}`)),
  ) as KubeObject[];
  const { store, stop } = await runStore(counting(new LevelEngine({ directory }), sizes));
  collectGarbage();
  const began = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - began < roundMs) {
      const object = pods.pop();
      if (!object) return;
      const key = keyOf(object.metadata.name);
      const result = await store.commit({
        conditions: [{ key, revision: 0 }],
        writes: [{ type: 'put', key, object }],
      });
      if (!result.ok) throw new Error(`a create was refused: ${JSON.stringify(result)}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const tookMs = performance.now() - began;
  const stored = [...store.list('/registry/pods/')].sort((a, b) => a.revision - b.revision);
  await stop();
  return { creates: stored.length, batches: batchesOf(stored, sizes), tookMs };
}

/** The very bytes that the engine wrote. */
function batchesOf(stored: StoredObject[], sizes: readonly number[]): Operation[][] {
  let head: Head = { revision: 0, objects: 0, revisionSum: 0 };
  return sizes.map((size) => {
    const objects = stored.splice(0, size);
    for (const object of objects) head = headAfter(head, object.revision, undefined, object);
    return [
      ...objects.map(({ key, json }): Operation => ({ type: 'put', key, value: encodeValue(json) })),
      { type: 'put', key: metaKeys.head, value: encodeValue(JSON.stringify(head)) },
    ];
  });
}

/** What a program without objects would do: bytes that are ready, one batch after another. */
async function rawRound(directory: string, batches: Operation[][]): Promise<Round> {
  const database = new Level<string, Buffer>(directory, { valueEncoding: 'buffer' });
  await database.open();
  collectGarbage();
  const began = performance.now();
  for (const batch of batches) await database.batch(batch, { sync: true });
  const tookMs = performance.now() - began;
  await database.close();
  return { creates: batches.reduce((sum, batch) => sum + batch.length - 1, 0), tookMs };
}

async function inDirectory<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const parent = mkdtempSync(join(tmpdir(), 'bramble-bench-'));
  try {
    return await body(join(parent, 'store'));
  } finally {
    rmSync(parent, { recursive: true });
  }
}

const perSecond = ({ creates, tookMs }: Round): number => (creates / tookMs) * 1_000;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

interface Pair {
  readonly own: Round;
  readonly raw: Round;
  readonly batchSize: number;
}

async function pairOfRounds(clients: number): Promise<Pair> {
  const { batches, ...own } = await inDirectory((directory) => storeRound(directory, clients));
  const raw = await inDirectory((directory) => rawRound(directory, batches));
  return { own, raw, batchSize: own.creates / batches.length };
}

async function compare(clients: number): Promise<string[]> {
  console.error(`${clients} clients`);
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push(await pairOfRounds(clients));
  return [
    `${clients}`,
    median(pairs.map((pair) => pair.batchSize)).toFixed(1),
    median(pairs.map(({ own }) => perSecond(own))).toFixed(0),
    median(pairs.map(({ raw }) => perSecond(raw))).toFixed(0),
    median(pairs.map(({ own, raw }) => perSecond(own) / perSecond(raw))).toFixed(2),
  ];
}

for (let round = 0; round < warmingRounds; round += 1) await pairOfRounds(Math.max(...clientCounts));
const rows: string[][] = [];
for (const clients of clientCounts) rows.push(await compare(clients));
process.stdout.write(
  markdown({
    title: 'Store',
    about:
      `Durable creates a second of pods of ${JSON.stringify(pod('pod-000000')).length} bytes through the store's actor, beside raw ` +
      'LevelDB writing the very same bytes in synced batches of the same sizes, by turns. Each client waits for its answer.',
    columns: ['clients', 'creates in a batch', 'store /s', 'raw LevelDB /s', 'store/raw'],
    rows,
    notes: [
      'Work of others on the same cores slows the store, which computes, and not raw LevelDB, which waits for the disk.',
    ],
    limitedBy:
      'with one client the sync of the disk, and the turns of the event loop before and after it; with many the making of ' +
      'each object: a copy with its revision, deeply frozen, and its JSON, then the collector of garbage that this leaves.',
    next: 'encoding in the request’s own turn, before the store’s actor, so that what waits for a sync is encoded meanwhile.',
  }),
);
