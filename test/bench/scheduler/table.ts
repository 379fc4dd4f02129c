import { type Load, type Outcome, parts } from './throughput.ts';

/** What the rounds of one load came to, in medians. */
export interface Summary {
  readonly load: Load;
  readonly perSecond: number;
  readonly cpuPerPodMicros: number;
  /** The last part of the pods beside the first: 1 is no growth. */
  readonly growthInCpu: number;
  readonly growthInTime: number;
  readonly longestTurnMs: number;
  readonly slowTurns: number;
  readonly toRaw: number;
  readonly spread: Outcome['spread'];
}

/** Bindings come in batches: of fewer pods a tenth is no more than one of these. */
const leastForGrowth = 5_000;

export const columns = [
  'what',
  'boards',
  'pods/s',
  'CPU per pod',
  'last tenth/first, time',
  'last tenth/first, CPU',
  'longest turn',
  'ratio to raw LevelDB',
];

export function summaryOf(load: Load, rounds: readonly { outcome: Outcome; rawMs: number }[]): Summary {
  const over = (value: (round: { outcome: Outcome; rawMs: number }) => number): number =>
    median(rounds.map(value));
  return {
    load,
    perSecond: over(({ outcome }) => (load.pods / outcome.tookMs) * 1_000),
    cpuPerPodMicros: over(({ outcome }) => (outcome.cpuMs / load.pods) * 1_000),
    growthInCpu: over(({ outcome }) => growth(outcome, 'cpuMs')),
    growthInTime: over(({ outcome }) => growth(outcome, 'wallMs')),
    longestTurnMs: over(({ outcome }) => outcome.longestTurnMs),
    slowTurns: over(({ outcome }) => outcome.slowTurns),
    toRaw: over(({ outcome, rawMs }) => rawMs / outcome.tookMs),
    spread: (rounds[0] as { outcome: Outcome }).outcome.spread,
  };
}

function growth({ marks }: Outcome, of: 'wallMs' | 'cpuMs'): number {
  const took = (part: number): number => (marks[part + 1]?.[of] ?? Number.NaN) - (marks[part]?.[of] ?? 0);
  return took(parts - 1) / took(0);
}

export function row(summary: Summary): string[] {
  const { load } = summary;
  const what =
    load.arrival === 'backlog' ? 'all wait at the start' : `created by ${load.clients} clients meanwhile`;
  return [
    load.tree === 'controller' ? `${what}, the whole controller` : what,
    String(load.boards),
    summary.perSecond.toFixed(0),
    `${summary.cpuPerPodMicros.toFixed(0)} µs`,
    ...[summary.growthInTime, summary.growthInCpu].map((growth) =>
      load.pods < leastForGrowth ? '—' : growth.toFixed(2),
    ),
    `${summary.longestTurnMs.toFixed(0)} ms`,
    summary.toRaw.toFixed(2),
  ];
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
