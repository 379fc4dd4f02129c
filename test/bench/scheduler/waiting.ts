import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LevelEngine } from '@bramble/controller/store/level/level-engine.ts';
import type { ObjectStore } from '@bramble/controller/store/types.ts';
import { boards } from './fleet.ts';
import { create, isBound, saysWhyNot, seen } from './objects.ts';
import { impossible, pods } from './pods.ts';
import { run } from './running.ts';

export interface Crowd {
  readonly boards: number;
  readonly waiting: number;
  /** How many different things the waiting pods ask for. */
  readonly shapes: number;
  readonly changes: number;
}

export interface CrowdOutcome {
  readonly cpuPerChangeMs: number;
  /** A pod that fits, created meanwhile: until it is bound. */
  readonly boundAfterMs: readonly number[];
  readonly longestTurnMs: number;
}

const patienceMs = 60_000;
/** Pods that fit, one after the other while boards change. */
const probes = 10;

/** Boards change, one after the other, while many pods wait that no board can take. */
export async function changesBesideWaiting(crowd: Crowd): Promise<CrowdOutcome> {
  const parent = mkdtempSync(join(tmpdir(), 'bramble-bench-'));
  const engine = new LevelEngine({ directory: join(parent, 'store') });
  const { store, system, stop } = await run('parts', engine, () => {});
  try {
    await create(store, boards(crowd.boards), 256);
    const told = seen(store, crowd.waiting, saysWhyNot, patienceMs);
    const crowded = Array.from({ length: crowd.waiting }, (_, index) => impossible(index, crowd.shapes));
    await Promise.all([create(store, crowded, 256), told]);
    const before = process.cpuUsage();
    const boundAfterMs: number[] = [];
    for (let probe = 0; probe < probes; probe += 1) {
      await changeBoards(store, probe, crowd.changes / probes);
      boundAfterMs.push(await bindOne(store, probe));
    }
    const { user, system: kernel } = process.cpuUsage(before);
    const cpuPerChangeMs = (user + kernel) / 1_000 / crowd.changes;
    return { cpuPerChangeMs, boundAfterMs, longestTurnMs: system.counts.longestTurnMs };
  } finally {
    await stop();
    rmSync(parent, { recursive: true });
  }
}

/** A label comes or goes: the filters look at labels, so that all that wait might fit now. */
async function changeBoards(store: ObjectStore, round: number, count: number): Promise<void> {
  for (const { key, object } of store.list('/registry/nodes/').slice(0, count)) {
    const metadata = { ...object.metadata, labels: { ...object.metadata.labels, round: `${round}` } };
    await store.commit({ conditions: [], writes: [{ type: 'put', key, object: { ...object, metadata } }] });
  }
}

async function bindOne(store: ObjectStore, index: number): Promise<number> {
  const began = performance.now();
  const bound = seen(store, 1, isBound, patienceMs);
  await create(store, pods(1, index), 1);
  await bound;
  return performance.now() - began;
}
