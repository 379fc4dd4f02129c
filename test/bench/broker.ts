// The embedded broker beside Debian's mosquitto, both with TLS, boards' certificates and the same access rules, each in a
// process of its own, by turns in one run of about two minutes. `npm run bench broker`, as root.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../soak/slope.ts';
import { type BenchBroker, startEmbedded, startMosquitto } from './broker/brokers.ts';
import { connectIdle } from './broker/connections.ts';
import { type Cost, type Load, loads, OpenLoad } from './broker/loads.ts';
import { makeParties, type Parties } from './broker/parties.ts';
import { lookUpRetained } from './broker/retained.ts';
import { markdown } from './report.ts';

const quick = process.argv.includes('--quick');
const sizes = quick
  ? { boards: 10, idle: 20, settleMs: 200, kept: 200, subscriptions: 50, rounds: 1, roundMs: 100 }
  : { boards: 100, idle: 500, settleMs: 3_000, kept: 10_000, subscriptions: 300, rounds: 5, roundMs: 1_200 };

type Row = [what: string, embedded: string, mosquitto: string, ratio: string];

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-bench-broker-'));
  const brokers: BenchBroker[] = [];
  try {
    const parties = await makeParties(folder, sizes.boards);
    brokers.push(await startEmbedded(folder, parties), await startMosquitto(folder, parties));
    const rows = [
      ...(await connectionRows(brokers, parties)),
      ...(await retainedRows(brokers, parties)),
      ...(await loadRows(brokers, parties)),
    ];
    process.stdout.write(report(rows));
  } finally {
    await Promise.all(brokers.map(({ stop }) => stop()));
    await rm(folder, { recursive: true });
  }
}

async function connectionRows(brokers: readonly BenchBroker[], parties: Parties): Promise<Row[]> {
  console.error(`${sizes.idle} idle connections`);
  const [own, other] = await inTurn(brokers, (broker) => connectIdle(broker, parties, sizes));
  return [
    row('a board connects and subscribes: CPU ms', own.connectMs, other.connectMs),
    row(`an idle connection, at ${sizes.idle}: KiB`, own.idleKibibytes, other.idleKibibytes, 0),
  ];
}

async function retainedRows(brokers: readonly BenchBroker[], parties: Parties): Promise<Row[]> {
  const { kept } = sizes;
  console.error(`${kept} retained messages`);
  const [own, other] = await inTurn(brokers, (broker) => lookUpRetained(broker, parties, sizes));
  return [
    row(`subscribe to one of ${kept} retained: CPU ms`, own.oneMs, other.oneMs),
    row(`subscribe to all ${kept} retained: CPU ms`, own.allMs, other.allMs, 0),
  ];
}

async function loadRows(brokers: readonly BenchBroker[], parties: Parties): Promise<Row[]> {
  const rows: Row[] = [];
  for (const load of loads) {
    const name = `${load.name}, QoS ${load.qos}`;
    console.error(name);
    const [own, other] = await compare(load, brokers, parties);
    rows.push(
      row(`${name}: messages/s`, own.perSecond, other.perSecond, 0),
      row(`${name}: CPU µs a message`, own.cpuMicroseconds, other.cpuMicroseconds, 1),
    );
  }
  return rows;
}

/** By turns, so that both meet the same disturbances; a first round of each, which warms it up, is left out. */
async function compare(load: Load, brokers: readonly BenchBroker[], parties: Parties): Promise<[Cost, Cost]> {
  const open = await inTurn(brokers, (broker) => OpenLoad.open(broker, parties, load));
  const rounds: Cost[][] = [[], []];
  for (let round = 0; round <= sizes.rounds; round += 1)
    for (const [which, each] of open.entries()) {
      const cost = await each.round(sizes.roundMs);
      if (round > 0) rounds[which]?.push(cost);
    }
  for (const each of open) each.close();
  const middle = (costs: readonly Cost[] = []): Cost => ({
    perSecond: median(costs.map(({ perSecond }) => perSecond)),
    cpuMicroseconds: median(costs.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  });
  return [middle(rounds[0]), middle(rounds[1])];
}

async function inTurn<T>(
  brokers: readonly BenchBroker[],
  work: (broker: BenchBroker) => Promise<T>,
): Promise<[T, T]> {
  const [embedded, mosquitto] = brokers;
  if (!embedded || !mosquitto) throw new Error('two brokers are compared');
  return [await work(embedded), await work(mosquitto)];
}

function row(what: string, own: number, other: number, digits = 2): Row {
  return [what, own.toFixed(digits), other.toFixed(digits), (own / other).toFixed(2)];
}

function report(rows: readonly Row[]): string {
  return markdown({
    title: 'Broker',
    about:
      "The embedded broker (aedes in a worker thread, with our access rules, bounds and rates) beside Debian's mosquitto " +
      'with the configuration that `bramble broker-config mosquitto` writes: TLS 1.3, a certificate for each board, the ' +
      'same rights for each. Messages of 1,000 bytes, as statuses of pods are; CPU is of the whole process of the broker.',
    columns: ['', 'embedded', 'mosquitto', 'embedded/mosquitto'],
    rows,
    notes: [
      'CPU is what compares: messages a second depend on the load generator beside it too, one process that speaks to both.',
      'A board may send 500 packets a second to the embedded broker, and is read more slowly beyond; mosquitto knows no such bound.',
    ],
    limitedBy:
      'encrypting and writing one record for each message (28 % of the busy time in a profile of all these loads), and the garbage ' +
      'collector (25 % when the young generation was 2 MiB; it is 16 MiB now, and was not profiled again); our access rules and the ' +
      'tree of subscriptions are 7 %, the rest is aedes, its parser, and streams of Node.',
    next: 'a retained message encoded once instead of once for each subscriber.',
  });
}

await main();
