import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@bramble/actors/testing/random.ts';
import { charts, marks } from './charts.ts';
import { withResult } from './page.ts';
import { niceStep, plot, ticks } from './plot.ts';
import { rules } from './rules.ts';
import { csv, fromCsv, type Phase, type Sample } from './sample.ts';
import { lowest, median, type Point, theilSen } from './slope.ts';
import { judge, lengthOf, table } from './verdict.ts';

const points = (count: number, of: (at: number) => number): Point[] =>
  Array.from({ length: count }, (_, at) => ({ at, value: of(at) }));

test('the slope of a line is found under noise and under peaks that a fit by squares would follow', () => {
  const random = seededRandom(7);
  assert.equal(theilSen(points(10, (at) => 5 + 2 * at)), 2);
  const noisy = theilSen(points(200, (at) => 100 + 0.1 * at + random()));
  assert.ok(Math.abs(noisy - 0.1) < 0.01, `${noisy}`);
  const peaks = theilSen(points(200, (at) => (at > 180 ? 10_000 : 100 + random())));
  assert.ok(Math.abs(peaks) < 0.01, `${peaks}`);
  assert.equal(theilSen([]), 0);
  assert.equal(theilSen(points(1, () => 3)), 0);
});

test('the lowest of each window is what is kept, and a window that is not whole is not', () => {
  const sawtooth = points(11, (at) => 10 + (at % 5));
  assert.deepEqual(
    lowest(sawtooth, 5).map(({ at, value }) => [at, value]),
    [
      [0, 10],
      [5, 10],
    ],
  );
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

/** A sample each 10 s: a minute before, ten of warm-up, fifty of churn, three after. */
function soaked(of: (minute: number, phase: Phase) => number): Sample[] {
  const phaseOf = (minute: number): Phase => {
    if (minute < 0) return 'before';
    if (minute < 10) return 'warm-up';
    return minute < 60 ? 'churn' : 'after';
  };
  return Array.from({ length: 64 * 6 }, (_, index) => {
    const minute = index / 6 - 1;
    const phase = phaseOf(minute);
    return { phase, minute, values: { memory: of(minute, phase) } };
  });
}

const flat = { kind: 'flat', name: 'memory', mostPerHour: 6, share: 0.06, window: 1 } as const;
const back = { kind: 'back', name: 'memory', mostAbove: 4 } as const;

test('memory that settles holds, with all its garbage; a leak does not, however small beside the garbage', () => {
  const garbage = seededRandom(3);
  const settles = soaked((minute) => 100 + Math.min(50, 10 * Math.max(0, minute)) + 20 * garbage());
  const leaks = soaked((minute) => 150 + 12 * (minute / 60) + 20 * garbage());
  assert.deepEqual(
    judge(settles, [flat]).map(({ holds }) => holds),
    [true],
  );
  const [leak] = judge(leaks, [flat]);
  assert.equal(leak?.holds, false);
  assert.ok(Math.abs((leak?.rise ?? 0) - 12) < 3, `${leak?.rise}`);
});

test('what was never measured is not flat; what is left over is told, and so is a file that grows beyond bounds', () => {
  assert.equal(
    judge(
      soaked(() => Number.NaN),
      [flat],
    )[0]?.holds,
    false,
  );
  assert.equal(judge([], [flat])[0]?.holds, false);
  const left = soaked((_, phase) => (phase === 'after' ? 15 : 10));
  assert.deepEqual(
    judge(left, [back]).map(({ rise, holds }) => [rise, holds]),
    [[5, false]],
  );
  const grows = soaked((minute) => 10 + minute);
  const below = (most: number) => ({ kind: 'below', name: 'memory', most }) as const;
  assert.deepEqual(
    judge(grows, [below(60), below(80)]).map(({ holds }) => holds),
    [false, true],
  );
  assert.equal(judge([], [below(60)])[0]?.holds, false);
  assert.match(
    table(judge(left, [back])),
    /\| memory \| 10\.0 \| 15\.0 \| \+5\.0 left over \| at most 4\.0 \| DOES NOT HOLD \|/,
  );
});

test('samples are written and read back the same; what is missing stays missing', () => {
  const samples: Sample[] = [
    { phase: 'before', minute: -1, values: { a: 1.5 } },
    { phase: 'churn', minute: 12.25, values: { a: 2, b: 0 } },
  ];
  assert.equal(csv(samples), 'phase,minute,a,b\nbefore,-1.00,1.5,\nchurn,12.25,2,0\n');
  assert.deepEqual(fromCsv(csv(samples)), samples);
  assert.throws(() => fromCsv('a,b\n1,2\n'), /no file of samples/);
});

test('axes step by 1, 2 or 5, and reach what they must', () => {
  assert.deepEqual(
    [0.7, 3, 37, 41, 260].map((value) => niceStep(value, 4)),
    [0.2, 1, 10, 20, 100],
  );
  assert.deepEqual(ticks(0, 60, 10), [0, 10, 20, 30, 40, 50, 60]);
});

test('the plot has a line and a legend for everything, stays within its bounds, and knows both schemes', () => {
  const series = [{ label: 'a < b', points: points(61, (at) => at * 3) }];
  const svg = plot([{ title: 'One & all', series }], [{ at: 10, label: 'judged' }]);
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
  assert.match(svg, /prefers-color-scheme:dark/);
  assert.match(svg, /One &amp; all/);
  assert.match(svg, />a &lt; b</);
  assert.match(svg, /class="mark"[^>]*\/><text[^>]*>judged</);
  const path = /<path stroke="#\w+" d="M([^"]+)"/.exec(svg)?.[1] ?? '';
  const numbers = path.split(/[L ]/).map(Number);
  assert.equal(numbers.length, 122);
  assert.ok(numbers.every((value) => value >= 0 && value <= 900));
});

test('charts show only what was measured, and the marks say when judging began', () => {
  const samples = soaked(() => 1).map((sample) => ({ ...sample, values: { 'store MiB': 3 } }));
  const shown = charts(samples).flatMap(({ series }) => series.filter((each) => each.points.length > 0));
  assert.deepEqual(
    shown.map(({ label }) => label),
    ['store'],
  );
  assert.deepEqual(
    marks(samples).map(({ at }) => at),
    [10, 60],
  );
  assert.equal(new Set(rules.map(({ kind, name }) => `${kind} ${name}`)).size, rules.length);
});

test('a result replaces the one that the page had, and nothing else; a page without a place for it is refused', () => {
  const page = 'before\n<!-- what the newest run found -->\n\nold\n\n<!-- end of what it found -->\nafter\n';
  const written = withResult(page, '\nnew\n');
  assert.equal(written, page.replace('old', 'new'));
  assert.equal(withResult(written, 'new'), written);
  assert.throws(() => withResult('nothing', 'new'), /has no lines/);
  assert.equal(
    lengthOf(soaked(() => 1)),
    '384 samples; judged are 50 minutes of churn after 10 of warming up.',
  );
});
