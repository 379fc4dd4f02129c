import { parseArgs } from 'node:util';
import { killAgentAtMoments } from './agent-kills.ts';
import { openStage } from './stage.ts';

// `npm run test:kill-agent -- [--seed N] [--lives N]`: all moments, some ten minutes.

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, lives: { type: 'string', default: '1000' } },
});
const [seed, livesOfAKind] = [Number(values.seed), Number(values.lives)];
if (!Number.isInteger(seed) || !Number.isInteger(livesOfAKind) || livesOfAKind < 1) {
  console.error('--seed and --lives must be whole numbers: npm run test:kill-agent -- --seed 7 --lives 3');
  process.exit(64);
}
const stage = await openStage();
try {
  const report = await killAgentAtMoments(stage, { seed, livesOfAKind, onLife: console.log });
  for (const moment of [...report.killed].sort()) console.log(`killed at ${moment}`);
  for (const moment of report.missed) console.log(`did not come: ${moment}`);
  console.log(
    `the agent was killed at ${report.killed.length} of ${report.known} moments; ${report.missed.length} did not come`,
  );
  for (const wrong of report.wrong) console.error(wrong);
  process.exitCode = report.wrong.length === 0 ? 0 : 1;
} finally {
  await stage.dispose();
}
