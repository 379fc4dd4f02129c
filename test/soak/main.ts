import { writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { limits } from '@bramble/protocol/limits.ts';
import { charts, marks } from './charts.ts';
import type { Pace } from './churn/pace.ts';
import { Fleet } from './fleet.ts';
import { withResult } from './page.ts';
import { plot } from './plot.ts';
import { rules } from './rules.ts';
import { csv, fromCsv, type Sample } from './sample.ts';
import { Soak } from './soak.ts';
import { judge, lengthOf, table } from './verdict.ts';

// `npm run test:soak -- [--minutes 60] [--csv FILE] [--plot FILE]`, as root; Ctrl-C ends it early, and what there is by then is
// judged. `--from FILE` starts nothing, and judges the samples of an earlier run; `--page FILE` puts the table into docs/soak.md.

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    csv: { type: 'string', default: 'soak.csv' },
    plot: { type: 'string' },
    from: { type: 'string' },
    page: { type: 'string' },
  },
});
const samples = flags.from === undefined ? await measure() : fromCsv(await readFile(flags.from, 'utf8'));
if (flags.plot) await writeFile(flags.plot, plot(charts(samples), marks(samples)));
const verdicts = judge(samples, rules);
console.log(table(verdicts));
if (flags.page) {
  const result = `${lengthOf(samples)}\n\n${table(verdicts)}`;
  await writeFile(flags.page, withResult(await readFile(flags.page, 'utf8'), result));
}
process.exitCode = verdicts.every(({ holds }) => holds) ? 0 : 1;

async function measure(): Promise<Sample[]> {
  const minutes = Number(flags.minutes);
  if (!(minutes >= 1) || process.getuid?.() !== 0) {
    console.error('As root, with --minutes of at least 1: npm run test:soak -- --minutes 60');
    process.exit(64);
  }
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const measured: Sample[] = [];
  console.error('A controller and three boards are started …');
  const fleet = await Fleet.make();
  const soak = new Soak({
    fleet,
    minutes,
    warmUpMinutes: Math.min(10, minutes / 6),
    events: limits.storedEvents,
    onSample: (sample) => note(measured, sample),
    stopped: stopped.signal,
  });
  try {
    await soak.run();
  } finally {
    await soak.pace.stop();
    await writeFile(flags.csv, csv(measured));
    await fleet.dispose();
  }
  printChurn(soak.pace);
  return measured;
}

function note(measured: Sample[], sample: Sample): void {
  measured.push(sample);
  if (measured.length % 6 !== 0) return;
  // What was measured is there also when this process is killed.
  writeFileSync(flags.csv, csv(measured));
  const of = (name: string): string => `${name} ${sample.values[name]?.toFixed(1) ?? '–'}`;
  const shown = [
    'controller anon MiB',
    'controller heap MiB',
    'broker heap MiB',
    'pi-1 agent anon MiB',
    'store objects',
  ];
  console.error(`[${sample.phase} ${sample.minute.toFixed(1)} min] ${shown.map(of).join(', ')}`);
}

function printChurn(pace: Pace): void {
  for (const [what, { times, failures, lastFailure }] of pace.done)
    console.log(`- ${what}: ${times}${failures > 0 ? `, ${failures} not: ${lastFailure}` : ''}`);
  console.log('');
}
