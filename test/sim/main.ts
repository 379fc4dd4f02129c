import { parseArgs } from 'node:util';
import { playSeeds } from './play-seeds.ts';
import { Report, story } from './report.ts';
import { type RunResult, runSeed } from './run.ts';

// `node test/sim/main.ts [--seed N] [--seeds M] [--verbose]` plays seeds N to N + M - 1 and tells what it finds.

const usage = '--seed and --seeds must be whole numbers: npm run sim -- --seed 7 --seeds 20';
/** Up to so many seeds are told one by one; of more only those that fail, and how far it is now and then. */
const toldSingly = 50;
const progressMs = 30_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const first = Number(values.seed);
  const count = Number(values.seeds);
  if (!Number.isInteger(first) || !Number.isInteger(count) || count < 1) {
    console.error(usage);
    return 64;
  }
  const report = new Report();
  await play(first, count, values.verbose, report);
  console.log(`${report.played - report.failed} of ${report.played} seeds passed; ${report.speed}`);
  return report.failed === 0 ? 0 : 1;
}

async function play(first: number, count: number, verbose: boolean, report: Report): Promise<void> {
  const take = (result: RunResult, tookMs: number): void => {
    report.add(result, tookMs);
    if (result.violations.length > 0) console.log(story(result));
    else if (count <= toldSingly) console.log(summary(result, tookMs));
  };
  const tellProgress = (): void => console.log(`${report.failed} failed so far; ${report.speed}`);
  const progress = setInterval(tellProgress, progressMs);
  try {
    if (!verbose) return await playSeeds(numbers(first, count), take);
    for (const seed of numbers(first, count)) {
      const startedMs = performance.now();
      take(await runSeed({ seed, onLine: (line) => console.log(line) }), performance.now() - startedMs);
    }
  } finally {
    clearInterval(progress);
  }
}

function* numbers(first: number, count: number): Generator<number, undefined> {
  for (let at = 0; at < count; at += 1) yield first + at;
}

function summary(
  { seed, digest, lines, steps, virtualMs, convergedMs, answered }: RunResult,
  tookMs: number,
): string {
  const converged =
    convergedMs === undefined ? 'not converged' : `converged in ${Math.round(convergedMs / 1_000)} s`;
  return (
    `seed ${seed}: ok, ${Math.round(tookMs)} ms for ${Math.round(virtualMs / 1_000)} s, ${steps} steps, ` +
    `${lines} lines, ${answered} answers, ${converged}, trace ${digest.slice(0, 16)}`
  );
}

process.exitCode = await main();
