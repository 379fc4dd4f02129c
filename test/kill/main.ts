import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts } from '../e2e/fixture/machine.ts';
import { startHere } from './controller-here.ts';
import { killRounds, tellReport } from './kill-rounds.ts';

// `npm run test:kill -- [--rounds 200] [--seed N]`: about two seconds a round.

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  console.error('--rounds and --seed must be whole numbers: npm run test:kill -- --rounds 20 --seed 7');
  process.exit(64);
}
const folder = await mkdtemp(join(tmpdir(), 'bramble-kill-'));
try {
  const [httpsPort = 0, mqttPort = 0] = await freePorts(2);
  const place = { dataDir: join(folder, 'data'), httpsPort, mqttPort };
  const onRound = (round: number, answered: number): void => {
    if (round % 10 === 0) console.log(`${round} kills, ${answered} writes answered`);
  };
  const report = await killRounds({ start: () => startHere(place), rounds, seed, onRound });
  process.exitCode = tellReport('kills under load', report);
} finally {
  await rm(folder, { recursive: true, force: true });
}
