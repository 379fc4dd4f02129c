// The bare runtime making a network namespace and a container through the agent's own adapters, and `kubectl create` to
// Running with an address seen by a watch, by turns in one run of about forty seconds. `npm run bench:pod`, as root.
// Bramble's own share is the difference, counted from the moment that the API server got the request.
import { loadavg } from 'node:os';
import { type Bramble, startBramble } from '../e2e/fixture/bramble.ts';
import { BareRuntime, type BareTimes } from './pod/bare.ts';
import { quantile, row } from './pod/table.ts';
import { type PodTimes, PodWatch, takenBy } from './pod/through-bramble.ts';

const rounds = 15;
const targetMs = 150;

interface Round {
  readonly bare: BareTimes;
  readonly pod: PodTimes;
}

async function main(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('containers and namespaces need root');
  const bramble = await startBramble();
  const bare = await BareRuntime.open();
  try {
    print(await measure(bramble, bare));
  } finally {
    await bare.dispose();
    await bramble.dispose();
  }
}

/** By turns, so that both meet the same disturbances; the first of each, which warms everything up, is left out. */
async function measure(bramble: Bramble, bare: BareRuntime): Promise<Round[]> {
  const watch = await PodWatch.open(bramble);
  const measured: Round[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const times = { bare: await bare.makePod(), pod: await watch.makePod(`bench-${round}`) };
    if (round > 0) measured.push(times);
  }
  watch.close();
  return measured;
}

function print(measured: readonly Round[]): void {
  const [load = 0] = loadavg();
  console.log(`${measured.length} pods each, by turns; load ${load.toFixed(1)}; milliseconds\n`);
  console.log(row(['', 'p50', 'p95']));
  const line = (name: string, of: (round: Round) => number): void => {
    const values = measured.map(of);
    console.log(row([name, quantile(values, 0.5).toFixed(0), quantile(values, 0.95).toFixed(0)]));
  };
  line('bare runtime: network namespace', ({ bare }) => bare.networkMs);
  line('bare runtime: create container', ({ bare }) => bare.createMs);
  line('bare runtime: start container', ({ bare }) => bare.startMs);
  line('bare runtime: in all', ({ bare }) => bare.totalMs);
  line('kubectl create → Running seen by a watch', ({ pod }) => pod.totalMs);
  line("  of it, kubectl's own process until its request", ({ pod }) => pod.kubectlMs);
  line('  of it, from the request on', ({ pod }) => pod.fromRequestMs);
  const share = ({ bare, pod }: Round): number => pod.fromRequestMs - bare.totalMs;
  line("Bramble's own share", share);
  const median = quantile(measured.map(share), 0.5);
  const verdict = median < targetMs ? 'below' : 'NOT below';
  console.log(`\nBramble's own share at the median is ${verdict} ${targetMs} ms\n`);
  printStages(measured);
}

function printStages(measured: readonly Round[]): void {
  console.log(row(['stage by stage (bramble trace)', 'p50', 'p95']));
  for (const [stage, values] of takenBy(measured.map(({ pod }) => pod)))
    console.log(row([stage, quantile(values, 0.5).toFixed(0), quantile(values, 0.95).toFixed(0)]));
}

await main();
