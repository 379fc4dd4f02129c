import { loadavg } from 'node:os';
import type { Report } from '../report.ts';
import type { Measurements, Pair } from './measure.ts';
import type { Measured } from './phases.ts';

type Row = readonly string[];

export function apiReport(measured: Measurements): Report {
  return {
    title: 'API server',
    about:
      'The controller as `bramble up --controller-only` starts it, over HTTPS with a token, beside a bare node:https server in the same run, by turns: ' +
      'it parses JSON, gives uid and revision, writes all that waits to LevelDB in one synced batch, and sends the same line to each watcher. ' +
      'ConfigMaps have 300 bytes, pods 1 KB. Clients are processes of their own on the same two cores. Processor time is the server’s, all threads.',
    columns: ['', 'Bramble', 'bare', 'ratio'],
    rows: [
      ...createRows(measured),
      ...listRows(measured),
      ...beginRows(measured),
      ...watchRows(measured),
      ...growthRows(measured),
    ],
    notes: [
      ...verdicts(measured),
      'When many writes are over, what they left is collected, ten seconds later and half a minute after that: about a millisecond for each MB of heap, in which nobody has a turn. The watches were measured after it.',
      `load of the machine at the end: ${(loadavg()[0] ?? 0).toFixed(1)}`,
    ],
    limitedBy:
      'Creates: no one thing. Of the main thread’s time a fifth is collecting garbage, a tenth each is writing answers (TLS and a system call for each), reading JSON with its duplicate names, ' +
      'and validating; the store and its batch are a tenth together. A pod costs twice a ConfigMap, since it is four times as long, and is told to the broker as well. ' +
      'Reads: Node’s HTTP and the system call; what is ours is finding the user and the route. Watchers: two thirds is one TLS record and one system call for each event and watcher, which bare Node has as well; ' +
      'lines are made once for all. Lists: the text of a table’s rows; it is made and sent in slices of 4 ms.',
    next: 'One frame of bytes shared by all watchers of an event in place of one string; duplicate names found while parsing instead of by a second look.',
  };
}

const pair = (name: string, values: Pair<number>, digits: number, unit = ''): Row => [
  name,
  // Memory may be given back while it is measured: less than nothing is no figure.
  ...values.map((value) => (value > 0 ? `${value.toFixed(digits)}${unit}` : '–')),
  values[0] > 0 && values[1] > 0 ? (values[0] / values[1]).toFixed(1) : '–',
];

const of = <Value>(values: Pair<Value>, pick: (value: Value) => number): Pair<number> => [
  pick(values[0]),
  pick(values[1]),
];

function createRows({ creates, gets }: Measurements): Row[] {
  const costs = (name: string, both: Pair<Measured>): Row[] => [
    pair(
      `${name}: a second`,
      of(both, ({ rate }) => rate),
      0,
    ),
    pair(
      '… processor time each',
      of(both, ({ cpuMs }) => cpuMs),
      2,
      ' ms',
    ),
    pair(
      '… p99',
      of(both, ({ delays }) => delays.p99),
      1,
      ' ms',
    ),
  ];
  const names = { configmaps: 'ConfigMaps', pods: 'pods' };
  return [
    ...creates.flatMap(({ resource, clients, of: both }) =>
      costs(`create ${names[resource]}, ${clients} clients`, both),
    ),
    ...costs('get, 16 clients', gets),
  ];
}

function listRows({ lists }: Measurements): Row[] {
  return lists.flatMap(({ objects, table, of: both }) => {
    const form = table ? 'as a table, gzip' : 'JSON';
    return [
      pair(
        `list ${objects.toLocaleString('en')}, ${form}: p50`,
        of(both, ({ delays }) => delays.p50),
        1,
        ' ms',
      ),
      pair(
        '… processor time',
        of(both, ({ cpuMs }) => cpuMs),
        1,
        ' ms',
      ),
      pair(
        '… kilobytes',
        of(both, ({ bytes }) => bytes / 1_000),
        0,
      ),
      pair(
        '… somebody else’s small request waits at most',
        of(both, ({ othersMs }) => othersMs),
        1,
        ' ms',
      ),
    ];
  });
}

function beginRows({ begun: { objects, of } }: Measurements): Row[] {
  const row = (name: string, value: string): Row => [name, value, '–', '–'];
  return [
    row(
      `a watch begins with ${objects.toLocaleString('en')}, as a table: processor time`,
      `${of.cpuMs.toFixed(0)} ms`,
    ),
    row('… somebody else’s small request waits at most', `${of.othersMs.toFixed(1)} ms`),
  ];
}

function watchRows({ watches }: Measurements): Row[] {
  const [{ watchers }] = watches;
  return [
    pair(
      `${watchers.toLocaleString('en')} watchers, 20 events a second: delay p50`,
      of(watches, ({ delays }) => delays.p50),
      1,
      ' ms',
    ),
    pair(
      '… delay p99',
      of(watches, ({ delays }) => delays.p99),
      1,
      ' ms',
    ),
    pair(
      '… processor time for an event and watcher',
      of(watches, ({ cpuUs }) => cpuUs),
      1,
      ' µs',
    ),
    pair(
      '… as fast as 16 writers are answered: events a second',
      of(watches, ({ floodRate }) => floodRate),
      0,
    ),
    pair(
      '… processor time for an event and watcher',
      of(watches, ({ floodCpuUs }) => floodCpuUs),
      1,
      ' µs',
    ),
    pair(
      '… memory of a watcher, its TLS connection included',
      of(watches, ({ kibibytes }) => kibibytes),
      0,
      ' KiB',
    ),
  ];
}

function growthRows({ growth }: Measurements): Row[] {
  return growth.map(({ objects, create }) => [
    `create a ConfigMap beside ${objects.toLocaleString('en')} objects: processor time`,
    `${create.cpuMs.toFixed(2)} ms`,
    '–',
    '–',
  ]);
}

function verdicts({ growth, lists, begun }: Measurements): string[] {
  const [first, last] = [growth[0], growth.at(-1)];
  const grows = (last?.create.cpuMs ?? 0) / (first?.create.cpuMs ?? 1);
  const longest = Math.max(...lists.map(({ of: [bramble] }) => bramble.othersMs));
  return [
    `Target: no cost that grows with what is there. A create beside ${last?.objects.toLocaleString('en')} objects takes ${grows.toFixed(2)} times that beside ${first?.objects}: ${grows < 1.25 ? 'met' : 'NOT met'}.`,
    `Target: no turn over 10 ms. While lists were answered, a small request waited ${longest.toFixed(0)} ms at most; two turns and its own make that ${longest < 20 ? 'possible without a longer one' : 'impossible: NOT met'}. While a watch began, ${begun.of.othersMs.toFixed(0)} ms: slices of 4 ms, and now and then the garbage that its rows leave.`,
  ];
}
