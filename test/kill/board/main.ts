import { parseArgs } from 'node:util';
import { cutPowerAtRandom } from './power-cuts.ts';

// `npm run test:kill-board -- [--rounds 20] [--seed N]`: some ten seconds a round.

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  console.error('--rounds and --seed must be whole numbers: npm run test:kill-board -- --rounds 5 --seed 7');
  process.exit(64);
}
const report = await cutPowerAtRandom({ rounds, seed, onRound: console.log });
console.log(
  `${report.cuts} power cuts under churn, ${report.cutOff} of them with no network at the next start; ${report.changes} changes`,
);
for (const wrong of report.wrong) console.error(wrong);
process.exitCode = report.wrong.length === 0 ? 0 : 1;
