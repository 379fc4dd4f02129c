import { mkdtemp, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type KillReport, killRounds, tellReport } from '../kill-rounds.ts';
import { debianKernel } from './kernel.ts';
import { prepareMachine } from './machine-rounds.ts';
import { whatIsMissing } from './tools.ts';

// `npm run test:kill-vm -- [--rounds 20] [--seed N] [--sync off] [--cache FOLDER]`: half a minute to a minute a round.

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    sync: { type: 'string', default: 'on' },
    cache: { type: 'string', default: '/var/tmp/bramble-kill-vm' },
  },
});
const [rounds, seed, sync] = [Number(values.rounds), Number(values.seed), values.sync === 'on'];
if (
  !Number.isInteger(rounds) ||
  rounds < 1 ||
  !Number.isInteger(seed) ||
  !['on', 'off'].includes(values.sync)
) {
  console.error(
    '--rounds and --seed are whole numbers, --sync is on or off: npm run test:kill-vm -- --rounds 5 --seed 7',
  );
  process.exit(64);
}
const missing = whatIsMissing();
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}
/** An emulated processor needs longer to come to anything. */
const load = { mostLoadMs: 4_000, fromFirstAnswer: true };

const folder = await mkdtemp('/var/tmp/bramble-kill-vm-run-');
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
try {
  process.exitCode = tellReport(`kills of the whole machine under load, sync ${values.sync}`, await kills());
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function kills(): Promise<KillReport> {
  const kernel = await debianKernel(values.cache);
  console.log('making the disks, and starting the machine once');
  const machines = await prepareMachine({ folder, kernel, sync, seed, signal: stop.signal });
  const onRound = (round: number, answered: number): void =>
    console.log(
      `${round} kills, ${answered} writes answered; ${machines.killedWhileStarting} further kills while it started`,
    );
  return killRounds({ start: machines.start, rounds, seed, ...load, onRound });
}
