import { parseArgs } from 'node:util';
import { playSeeds } from './play-seeds.ts';
import { type RunResult, runSeed } from './run.ts';

// `node test/sim/main.ts --seed N [--seeds M] [--verbose]` plays seeds N to N + M - 1 and tells what it finds.

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
    console.error('--seed and --seeds must be whole numbers: node test/sim/main.ts --seed 7 --seeds 20');
    return 64;
  }
  let failed = 0;
  const take = (result: RunResult, tookMs: number): void => {
    tell(result, tookMs);
    if (result.violations.length > 0) failed += 1;
  };
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  if (values.verbose)
    for (const seed of seeds) take(await runSeed({ seed, onLine: (line) => console.log(line) }), 0);
  else await playSeeds(seeds, take);
  console.log(`${count - failed} of ${count} seeds passed`);
  return failed === 0 ? 0 : 1;
}

function tell(result: RunResult, tookMs: number): void {
  const { seed, plan, violations, digest, lines, virtualMs, convergedMs, answered } = result;
  const rest =
    convergedMs === undefined ? 'not converged' : `converged in ${Math.round(convergedMs / 1_000)} s`;
  console.log(
    `seed ${seed}: ${violations.length === 0 ? 'ok' : 'FAILED'}, ${Math.round(tookMs)} ms for ${Math.round(virtualMs / 1_000)} s, ` +
      `${lines} lines, ${answered} answers, ${rest}, trace ${digest.slice(0, 16)}`,
  );
  if (violations.length === 0) return;
  console.log(`  ${plan}`);
  for (const { guarantee, message, atMs } of violations)
    console.log(`  ${guarantee} at ${(atMs / 1_000).toFixed(1)} s: ${message}`);
}

process.exitCode = await main();
