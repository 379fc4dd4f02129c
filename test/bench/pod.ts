// The bare runtime making a network namespace and a container through the agent's own adapters, and `kubectl create` to
// Running with an address seen by a watch, by turns in one run of about forty seconds. `npm run bench pod`, as root.
// Bramble's own share is the difference, counted from the moment that the API server got the request.
import { type Bramble, startBramble } from '../e2e/fixture/bramble.ts';
import { BareRuntime, type BareTimes } from './pod/bare.ts';
import { quantile } from './pod/quantile.ts';
import { type PodTimes, PodWatch, takenBy } from './pod/through-bramble.ts';
import { markdown, type Report } from './report.ts';

const rounds = process.argv.includes('--quick') ? 1 : 15;
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
    process.stdout.write(markdown(report(await measure(bramble, bare))));
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
    console.error(`pod ${round} of ${rounds}`);
    const times = { bare: await bare.makePod(), pod: await watch.makePod(`bench-${round}`) };
    if (round > 0) measured.push(times);
  }
  watch.close();
  return measured;
}

function report(measured: readonly Round[]): Report {
  const share = ({ bare, pod }: Round): number => pod.fromRequestMs - bare.totalMs;
  const median = quantile(measured.map(share), 0.5);
  const bareMs = quantile(
    measured.map(({ bare }) => bare.totalMs),
    0.5,
  );
  const stages = [...takenBy(measured.map(({ pod }) => pod))];
  const middle = (values: readonly number[]): number => quantile(values, 0.5);
  const [longest = ['', []]] = [...stages].sort(([, one], [, other]) => middle(other) - middle(one));
  return {
    title: 'Pod start',
    about:
      `${measured.length} pods each, by turns: \`kubectl create\` to Running with an address, seen by a watch, beside the bare ` +
      'runtime making the same network namespace and container through the same adapters. Milliseconds.',
    columns: ['', 'p50', 'p95', 'p50 / bare runtime'],
    rows: [
      ...wholes(measured, share).map(([name, values]) => line(name, values, bareMs)),
      ...stages.map(([stage, values]) => line(`trace: ${stage}`, values, bareMs)),
    ],
    notes: [
      `Target: Bramble's own share below ${targetMs} ms at the median. This run: ${median.toFixed(0)} ms, ${median < targetMs ? 'met' : 'NOT met'}.`,
    ],
    limitedBy: `the step of the trace that takes longest, “${longest[0]}” (${middle(longest[1]).toFixed(0)} ms), most of which is podman and the kernel; the bare runtime takes ${bareMs.toFixed(0)} ms for its part.`,
    next: 'containerd behind the runtime’s port: what podman does at a start (conmon, runc, its database) is most of what is left.',
  };
}

/** From the outside, and what of it is whose. */
function wholes(
  measured: readonly Round[],
  share: (round: Round) => number,
): (readonly [string, number[]])[] {
  const each = (name: string, of: (round: Round) => number) => [name, measured.map(of)] as const;
  return [
    each('bare runtime: network namespace', ({ bare }) => bare.networkMs),
    each('bare runtime: create container', ({ bare }) => bare.createMs),
    each('bare runtime: start container', ({ bare }) => bare.startMs),
    each('bare runtime: in all', ({ bare }) => bare.totalMs),
    each('kubectl create → Running seen by a watch', ({ pod }) => pod.totalMs),
    each("of it, kubectl's own process until its request", ({ pod }) => pod.kubectlMs),
    each('of it, from the request on', ({ pod }) => pod.fromRequestMs),
    each("of that, Bramble's own share", share),
  ];
}

function line(name: string, values: readonly number[], bareMs: number): string[] {
  const median = quantile(values, 0.5);
  return [name, median.toFixed(0), quantile(values, 0.95).toFixed(0), (median / bareMs).toFixed(2)];
}

await main();
