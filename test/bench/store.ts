// Durable creates per second through the store's actor, beside raw LevelDB writing the same bytes in synced batches of
// the same sizes, in one run of about twenty seconds. `node test/bench/store.ts`. The ratio means something
// anywhere, the rates on this machine and disk only.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreEngine } from '@bramble/controller/store/engine.ts';
import { LevelEngine } from '@bramble/controller/store/level/level-engine.ts';
import { runStore } from '@bramble/controller/store/testing/running-store.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { Level } from 'level';

const clientCounts = [1, 16, 256];
/** Store and raw LevelDB by turns, so that both meet the same disturbances. */
const rounds = 3;
const roundMs = 800;

/** Sizes of the batches that a round committed, and how long it took. */
interface Round {
  readonly batches: readonly number[];
  readonly creates: number;
  readonly tookMs: number;
}

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

async function storeRound(directory: string, clients: number): Promise<Round> {
  const batches: number[] = [];
  const { store, stop } = await runStore(counting(new LevelEngine({ directory }), batches));
  const began = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - began < roundMs) {
      const name = `pod-${next++}`;
      const key = keyOf(name);
      const result = await store.commit({
        conditions: [{ key, revision: 0 }],
        writes: [{ type: 'put', key, object: pod(name) }],
      });
      if (!result.ok) throw new Error(`a create was refused: ${JSON.stringify(result)}`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const tookMs = performance.now() - began;
  const creates = store.list('/registry/pods/').length;
  await stop();
  return { batches, creates, tookMs };
}

/** What a program without objects would do: bytes that are ready, one batch after another, a head with each. */
async function rawRound(directory: string, batches: readonly number[]): Promise<Round> {
  const database = new Level<string, string>(directory);
  await database.open();
  const json = JSON.stringify(pod('pod-000000'));
  const began = performance.now();
  let creates = 0;
  for (const size of batches) {
    const operations: { type: 'put'; key: string; value: string }[] = [];
    for (let index = 0; index < size; index += 1)
      operations.push({ type: 'put', key: keyOf(`pod-${creates++}`), value: json });
    operations.push({ type: 'put', key: 'meta/head', value: `{"revision":${creates}}` });
    await database.batch(operations, { sync: true });
  }
  const tookMs = performance.now() - began;
  await database.close();
  return { batches, creates, tookMs };
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

async function compare(clients: number): Promise<void> {
  const own: Round[] = [];
  const raw: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const measured = await inDirectory((directory) => storeRound(directory, clients));
    own.push(measured);
    raw.push(await inDirectory((directory) => rawRound(directory, measured.batches)));
  }
  const ratios = own.map((round, index) => perSecond(round) / perSecond(raw[index] as Round));
  const batch = median(own.map(({ batches, creates }) => creates / batches.length));
  const cells = [
    `${clients}`,
    batch.toFixed(1),
    median(own.map(perSecond)).toFixed(0),
    median(raw.map(perSecond)).toFixed(0),
    median(ratios).toFixed(2),
  ];
  console.log(cells.map((cell) => cell.padStart(12)).join(''));
}

console.log(`a pod is ${JSON.stringify(pod('pod-000000')).length} bytes of JSON`);
console.log(
  ['clients', 'batch size', 'store /s', 'raw /s', 'store/raw'].map((cell) => cell.padStart(12)).join(''),
);
// The first rounds would pay for compiling.
await inDirectory((directory) => storeRound(directory, 16));
for (const clients of clientCounts) await compare(clients);
