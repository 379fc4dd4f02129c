// A thousand and ten thousand boards on one controller: what it takes to have them, and to get them back when it was
// killed; beside mosquitto with the same boards. `node test/bench/sessions.ts [--boards N] [--quick] [--profile DIR]`,
// about ten minutes. The boards are played by two more processes on the same machine, whose work is told apart.
import { parseArgs } from 'node:util';
import { markdown } from './report.ts';
import { sessionsReport } from './sessions/table.ts';
import { type Measured, throughBramble } from './sessions/through-bramble.ts';
import { throughMosquitto } from './sessions/through-mosquitto.ts';

const { values } = parseArgs({
  options: {
    boards: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    'steady-seconds': { type: 'string', default: '60' },
    'without-mosquitto': { type: 'boolean', default: false },
  },
});

const sizes = values.boards ? values.boards.split(',').map(Number) : values.quick ? [20] : [1_000, 10_000];
const times = values.quick
  ? { settleMs: 200, steadyMs: 1_000, firstWithinMs: 60_000, withinMs: 60_000 }
  : {
      settleMs: 15_000,
      steadyMs: Number(values['steady-seconds']) * 1_000,
      firstWithinMs: 180_000,
      withinMs: 90_000,
    };
/** Less is to be learned of mosquitto. */
const shortTimes = { ...times, steadyMs: times.steadyMs / 2, firstWithinMs: times.withinMs };
const profile = values.profile
  ? ['--cpu-prof', '--cpu-prof-dir', values.profile, '--cpu-prof-interval', '500']
  : [];

const measured: Measured[] = [];
for (const boards of sizes) {
  const through = await throughBramble(boards, times, profile);
  try {
    measured.push(through);
    if (!values['without-mosquitto'])
      measured.push(await throughMosquitto(boards, shortTimes, through.place));
  } finally {
    through.dispose();
  }
}
console.log(markdown(sessionsReport(measured)));
