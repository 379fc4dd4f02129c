import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineEvent, StoreEngine } from '@bramble/controller/store/engine.ts';
import { LevelEngine } from '@bramble/controller/store/level/level-engine.ts';
import { runStore } from '@bramble/controller/store/testing/running-store.ts';
import type { ObjectStore } from '@bramble/controller/store/types.ts';
import { boards } from './fleet.ts';
import { create, isBound } from './objects.ts';
import { pods } from './pods.ts';
import { run, type Tree } from './running.ts';

export interface Load {
  readonly tree: Tree;
  readonly boards: number;
  readonly pods: number;
  /** `backlog`: all wait when the controller starts. `stream`: written by `clients` at once, as the API does. */
  readonly arrival: 'backlog' | 'stream';
  readonly clients: number;
}

/** What had been taken when so many pods were bound. */
export interface Mark {
  readonly bound: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface Outcome {
  /** From the first pod to the last binding, on disk and told. */
  readonly tookMs: number;
  readonly cpuMs: number;
  /** One for each part of the pods, in order. */
  readonly marks: readonly Mark[];
  readonly longestTurnMs: number;
  readonly slowTurns: number;
  /** What the store wrote meanwhile, batch by batch: events and all. */
  readonly batches: readonly (readonly EngineEvent[])[];
  /** Pods on the boards that are open to all: how many at most, at least, and on average. */
  readonly spread: { readonly most: number; readonly least: number; readonly mean: number };
}

/** Marks are set this often in the course of a run. */
export const parts = 10;

/** A run that stands still is a failure, not a long run. */
const patienceMs = 60_000;

export async function measure(load: Load, collectGarbage: () => void): Promise<Outcome> {
  const parent = mkdtempSync(join(tmpdir(), 'bramble-bench-'));
  const directory = join(parent, 'store');
  try {
    await fill(directory, load);
    return await schedule(directory, load, collectGarbage);
  } finally {
    rmSync(parent, { recursive: true });
  }
}

/** What is there before anything is measured. */
async function fill(directory: string, load: Load): Promise<void> {
  const { store, stop } = await runStore(new LevelEngine({ directory }));
  await create(store, boards(load.boards), 256);
  if (load.arrival === 'backlog') await create(store, pods(load.pods), 256);
  await stop();
}

async function schedule(directory: string, load: Load, collectGarbage: () => void): Promise<Outcome> {
  const batches: (readonly EngineEvent[])[] = [];
  const engine = recording(new LevelEngine({ directory }), batches);
  const arriving = load.arrival === 'stream' ? pods(load.pods) : [];
  const progress = new Progress(load.pods);
  collectGarbage();
  const { store, system, stop } = await run(load.tree, engine, (opened) => progress.follow(opened));
  await Promise.all([create(store, arriving, load.clients), progress.done(patienceMs)]);
  const { longestTurnMs, slowTurns } = system.counts;
  const spread = spreadOf(store);
  const { marks } = progress;
  const [first, last] = [marks[0] as Mark, marks.at(-1) as Mark];
  await stop();
  return {
    tookMs: last.wallMs - first.wallMs,
    cpuMs: last.cpuMs - first.cpuMs,
    marks,
    longestTurnMs,
    slowTurns,
    batches,
    spread,
  };
}

function recording(engine: StoreEngine, batches: (readonly EngineEvent[])[]): StoreEngine {
  return {
    open: () => engine.open(),
    subscribe: (onEvents) =>
      engine.subscribe((events) => {
        batches.push(events);
        onEvents(events);
      }),
    commit: (transactions) => engine.commit(transactions),
    close: () => engine.close(),
  };
}

/** Sees the bindings as any watcher does. */
class Progress {
  readonly marks: Mark[] = [];
  readonly #all: number;
  #bound = 0;
  #done: () => void = () => {};

  constructor(all: number) {
    this.#all = all;
  }

  follow(store: ObjectStore): void {
    this.#mark();
    store.watch({
      prefix: '/registry/pods/',
      from: undefined,
      onEvents: (events) => {
        for (const { stored, previous } of events)
          if (isBound(stored.object) && !(previous && isBound(previous.object))) this.#count();
      },
    });
  }

  done(withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${this.#bound} of ${this.#all} are bound`)), withinMs);
      this.#done = () => {
        clearTimeout(late);
        resolve();
      };
      if (this.#bound === this.#all) this.#done();
    });
  }

  #count(): void {
    this.#bound += 1;
    if (this.#bound % (this.#all / parts) === 0) this.#mark();
    if (this.#bound === this.#all) this.#done();
  }

  #mark(): void {
    const { user, system } = process.cpuUsage();
    this.marks.push({ bound: this.#bound, wallMs: performance.now(), cpuMs: (user + system) / 1_000 });
  }
}

function spreadOf(store: ObjectStore): Outcome['spread'] {
  const counts = new Map<string, number>();
  for (const { object } of store.list('/registry/nodes/')) {
    const { taints, unschedulable } = object['spec'] as { taints?: unknown[]; unschedulable?: boolean };
    const [ready] = (object['status'] as { conditions: { status: string }[] }).conditions;
    if (taints?.length === 0 && !unschedulable && ready?.status === 'True')
      counts.set(object.metadata.name, 0);
  }
  for (const { object } of store.list('/registry/pods/')) {
    const { nodeName = '' } = object['spec'] as { nodeName?: string };
    const count = counts.get(nodeName);
    if (count !== undefined) counts.set(nodeName, count + 1);
  }
  const all = [...counts.values()];
  const sum = all.reduce((total, count) => total + count, 0);
  return { most: Math.max(...all), least: Math.min(...all), mean: sum / all.length };
}
