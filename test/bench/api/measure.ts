import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startBare } from './bare.ts';
import { startController } from './bramble.ts';
import { fillStore } from './fill.ts';
import { Load } from './load.ts';
import type { Resource } from './objects.ts';
import {
  type Listed,
  type Measured,
  measureCreates,
  measureGets,
  measureList,
  measureWatches,
  type Watched,
} from './phases.ts';
import type { Subject } from './subject.ts';

/** Of Bramble and the bare server, in this order. */
export type Pair<Value> = readonly [Value, Value];

export interface Measurements {
  readonly creates: readonly {
    readonly resource: Resource;
    readonly clients: number;
    readonly of: Pair<Measured>;
  }[];
  readonly gets: Pair<Measured>;
  readonly lists: readonly { readonly objects: number; readonly table: boolean; readonly of: Pair<Listed> }[];
  /** Of a watch that begins with all that is there, as a table; of Bramble alone. */
  readonly begun: { readonly objects: number; readonly of: Listed };
  readonly watches: Pair<Watched>;
  readonly growth: readonly { readonly objects: number; readonly create: Measured }[];
  readonly quick: boolean;
}

interface Sizes {
  readonly clients: readonly number[];
  readonly createForMs: number;
  readonly listed: readonly number[];
  readonly listTimes: number;
  readonly watchers: number;
  readonly watchForMs: number;
  readonly present: readonly number[];
  readonly growthCreates: number;
  /** What the creates left is collected by then: twice, in a thread that has no turn for anybody else meanwhile. */
  readonly calmMs: number;
}

const full: Sizes = {
  clients: [1, 16, 64],
  createForMs: 2_500,
  listed: [100, 1_000, 10_000],
  listTimes: 10,
  watchers: 1_000,
  watchForMs: 5_000,
  present: [0, 10_000, 50_000],
  growthCreates: 5_000,
  calmMs: 45_000,
};
const tiny: Sizes = {
  clients: [16],
  createForMs: 200,
  listed: [100],
  listTimes: 2,
  watchers: 20,
  watchForMs: 400,
  present: [1_000],
  growthCreates: 50,
  calmMs: 0,
};

const progress = (what: string): void => console.error(what);

export async function measureAll(folder: string, quick: boolean): Promise<Measurements> {
  const sizes = quick ? tiny : full;
  const [load, other] = [await Load.start(), await Load.start()];
  const beside = await besideBare(folder, sizes, load, other);
  const growth = await measureGrowth(folder, sizes, load);
  await Promise.all([load.stop(), other.stop()]);
  return { ...beside, growth, quick };
}

/** By turns, so that both meet the same disturbances. */
async function besideBare(
  folder: string,
  sizes: Sizes,
  load: Load,
  other: Load,
): Promise<Omit<Measurements, 'growth' | 'quick'>> {
  progress('a controller and a bare server …');
  const subjects = [
    await startController(join(folder, 'beside')),
    await startBare(join(folder, 'bare')),
  ] as const;
  const both = async <Value>(measure: (subject: Subject) => Promise<Value>): Promise<Pair<Value>> => [
    await measure(subjects[0]),
    await measure(subjects[1]),
  ];
  try {
    await both((subject) => warmUp(subject, load, sizes));
    const creates = [];
    for (const resource of ['configmaps', 'pods'] as const)
      for (const clients of sizes.clients) {
        progress(`creates of ${resource} by ${clients} …`);
        const creating = { resource, clients, forMs: sizes.createForMs };
        creates.push({
          resource,
          clients,
          of: await both((subject) => measureCreates(subject, load, creating)),
        });
      }
    progress('reads …');
    const path = '/api/v1/namespaces/default/configmaps/probe';
    const gets = await both((subject) => measureGets(subject, load, path, sizes.createForMs));
    const lists = [];
    for (const objects of sizes.listed) {
      progress(`lists of ${objects} …`);
      await both((subject) => fillNamespace(subject, load, objects));
      for (const table of [false, true]) {
        const form = { table, times: sizes.listTimes };
        const of = await both((subject) => measureList(subject, load, other, `list-${objects}`, form));
        lists.push({ objects, table, of });
      }
    }
    const most = sizes.listed.at(-1) ?? 0;
    progress(`watches that begin with ${most} …`);
    await pause(sizes.calmMs);
    const form = { table: true, times: sizes.listTimes, watch: true };
    const begun = { objects: most, of: await measureList(subjects[0], load, other, `list-${most}`, form) };
    progress(`${sizes.watchers} watchers …`);
    const watching = { watchers: sizes.watchers, perSecond: 20, forMs: sizes.watchForMs };
    const watches = await both((subject) => measureWatches(subject, load, other, watching));
    return { creates, gets, lists, begun, watches };
  } finally {
    for (const subject of subjects) await subject.stop();
  }
}

/** Namespaces, the object that is read, and code that is compiled before it is measured. */
async function warmUp(subject: Subject, load: Load, { listed, createForMs }: Sizes): Promise<void> {
  const { place } = subject;
  for (const name of ['watched', ...listed.map((objects) => `list-${objects}`)]) {
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const request = { method: 'POST', path: '/api/v1/namespaces', body } as const;
    await load.ask({ place, request, clients: 1, forMs: 10_000, most: 1 });
  }
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } });
  const request = { method: 'POST', path: '/api/v1/namespaces/default/configmaps', body } as const;
  await load.ask({ place, request, clients: 1, forMs: 10_000, most: 1 });
  for (const resource of ['pods', 'configmaps'] as const)
    await measureCreates(subject, load, { resource, clients: 16, forMs: createForMs });
}

async function fillNamespace(subject: Subject, load: Load, most: number): Promise<void> {
  const namespace = `list-${most}`;
  await measureCreates(subject, load, {
    resource: 'configmaps',
    clients: 64,
    forMs: 120_000,
    most,
    namespace,
  });
}

/** The same creates on stores that hold more and more already. */
async function measureGrowth(folder: string, sizes: Sizes, load: Load): Promise<Measurements['growth']> {
  const growth = [];
  for (const objects of sizes.present) {
    progress(`creates beside ${objects} objects …`);
    const dataDir = join(folder, `holds-${objects}`);
    await fillStore(dataDir, objects);
    const controller = await startController(dataDir);
    try {
      // As many each time: a collection of garbage falls into it or not, and code must be compiled first.
      const most = sizes.growthCreates;
      const creating = { resource: 'configmaps', clients: 16, forMs: 60_000, most } as const;
      await measureCreates(controller, load, creating);
      growth.push({ objects, create: await measureCreates(controller, load, creating) });
    } finally {
      await controller.stop();
    }
  }
  return growth;
}
