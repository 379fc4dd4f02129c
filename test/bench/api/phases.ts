import type { Delays } from './delays.ts';
import type { Load } from './load.ts';
import { collectionPath, type Resource, tableAccept } from './objects.ts';
import type { Pressed } from './press.ts';
import type { Subject } from './subject.ts';

export interface Measured {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds of the server's processor time, all its threads. */
  readonly cpuMs: number;
  readonly delays: Delays;
  readonly bytes: number;
}

export interface Listed extends Measured {
  /** The longest that somebody else's small request waited meanwhile. */
  readonly othersMs: number;
}

export interface Watched {
  readonly watchers: number;
  /** Told to each, at an even pace. */
  readonly events: number;
  readonly delays: Delays;
  /** Microseconds of processor time for one event and one watcher. */
  readonly cpuUs: number;
  /** The same where the writers wrote as fast as they were answered, and how many a second that was. */
  readonly floodCpuUs: number;
  readonly floodRate: number;
  /** KiB of resident memory for each watcher. */
  readonly kibibytes: number;
}

async function costOf(subject: Subject, work: () => Promise<Pressed>): Promise<Measured> {
  const before = subject.usage().cpu;
  const { count, tookMs, delays, bytes } = await work();
  const cpuMs = ((subject.usage().cpu - before) * 1_000) / count;
  return { rate: (count * 1_000) / tookMs, cpuMs, delays, bytes };
}

let number = 0;
/** No two jobs of a run give the same names. */
const newPrefix = (): string => {
  number += 1;
  return `n${number}`;
};

export interface Creating {
  readonly resource: Resource;
  readonly clients: number;
  readonly forMs: number;
  readonly most?: number;
  readonly namespace?: string;
}

export function measureCreates(
  subject: Subject,
  load: Load,
  { resource, clients, forMs, most = 1e9, namespace = 'default' }: Creating,
): Promise<Measured> {
  const { place } = subject;
  const prefix = newPrefix();
  return costOf(subject, () => load.create({ place, resource, namespace, prefix, clients, forMs, most }));
}

export function measureGets(subject: Subject, load: Load, path: string, forMs: number): Promise<Measured> {
  const { place } = subject;
  return costOf(subject, () => load.ask({ place, request: { path }, clients: 16, forMs, most: 1e9 }));
}

/** Begins with all that is there, and ends by itself. */
const watchOfASecond =
  '?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1';

/** @param namespace which holds ConfigMaps, as many as are to be listed */
export async function measureList(
  subject: Subject,
  load: Load,
  prober: Load,
  namespace: string,
  form: { readonly table: boolean; readonly times: number; readonly watch?: boolean },
): Promise<Listed> {
  const { place } = subject;
  const path = `${collectionPath('configmaps', namespace)}${form.watch ? watchOfASecond : ''}`;
  const request = form.table ? { path, accept: tableAccept, gzip: true } : { path };
  await prober.probe(place, '/api/v1/namespaces/default/configmaps/probe');
  const most = form.times;
  const measured = await costOf(subject, () => load.ask({ place, request, clients: 1, forMs: 60_000, most }));
  const { most: othersMs } = await prober.endProbe();
  return { ...measured, othersMs };
}

export interface Watching {
  readonly watchers: number;
  readonly perSecond: number;
  readonly forMs: number;
}

/** Writers and watchers are processes of their own. */
export async function measureWatches(
  subject: Subject,
  load: Load,
  listener: Load,
  { watchers, perSecond, forMs }: Watching,
): Promise<Watched> {
  const { place } = subject;
  const job = { place, resource: 'configmaps', namespace: 'watched' } as const;
  const alone = await load.create({ ...job, prefix: newPrefix(), clients: 1, forMs: 200, most: 10 });
  if (alone.count === 0) throw new Error('nothing could be written');
  const empty = subject.usage();
  const newest = `${collectionPath('configmaps', 'watched')}?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`;
  await listener.watch(place, newest, watchers);
  const opened = subject.usage();
  const listen = async (write: () => Promise<Pressed>) => {
    const before = subject.usage().cpu;
    const { count, tookMs } = await write();
    const heard = await listener.heard(count * watchers);
    if (heard.events !== count * watchers)
      throw new Error(`${heard.events} of ${count * watchers} events came`);
    const cpuUs = ((subject.usage().cpu - before) * 1e6) / heard.events;
    return { count, cpuUs, delays: heard.delays, rate: (count * 1_000) / tookMs };
  };
  const paced = await listen(() =>
    load.create({
      ...job,
      prefix: newPrefix(),
      clients: 1,
      perSecond,
      forMs,
      most: (perSecond * forMs) / 1_000,
    }),
  );
  const flood = await listen(() =>
    load.create({ ...job, prefix: newPrefix(), clients: 16, forMs: forMs / 2, most: 1_000 }),
  );
  return {
    watchers,
    events: paced.count,
    delays: paced.delays,
    cpuUs: paced.cpuUs,
    floodCpuUs: flood.cpuUs,
    floodRate: flood.rate,
    kibibytes: ((opened.residentMebibytes - empty.residentMebibytes) * 1_024) / watchers,
  };
}
