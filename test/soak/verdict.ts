import type { Sample } from './sample.ts';
import { lowest, median, type Point, theilSen } from './slope.ts';

/** What must hold of one thing that was measured. */
export type Rule =
  | {
      readonly kind: 'flat';
      readonly name: string;
      /** It may rise by this much an hour, or by `share` of its middle value, whichever is more. */
      readonly mostPerHour: number;
      readonly share: number;
      /** Judged by the lowest of so many samples in a row; 1 for what has no peaks. */
      readonly window: number;
    }
  | {
      /** For files that grow and are written anew, as LevelDB's are. */
      readonly kind: 'below';
      readonly name: string;
      readonly most: number;
    }
  | {
      readonly kind: 'back';
      readonly name: string;
      /** When all is over, it may be this much above what it was before. */
      readonly mostAbove: number;
    };

export interface Verdict {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** Per hour, or above what it was before. */
  readonly rise: number;
  readonly bound: number;
  readonly what: 'an hour' | 'highest' | 'left over';
  readonly holds: boolean;
}

export function judge(samples: readonly Sample[], rules: readonly Rule[]): Verdict[] {
  return rules.map((rule) => {
    if (rule.kind === 'flat') return flat(samples, rule);
    return rule.kind === 'below' ? below(samples, rule) : back(samples, rule);
  });
}

function flat(samples: readonly Sample[], rule: Extract<Rule, { kind: 'flat' }>): Verdict {
  const points = lowest(pointsOf(samples, rule.name, 'churn'), rule.window);
  const middle = median(points.map(({ value }) => value));
  const rise = theilSen(points) * 60;
  const bound = Math.max(rule.mostPerHour, rule.share * middle);
  const [first, last] = [points[0]?.value ?? Number.NaN, points.at(-1)?.value ?? Number.NaN];
  // Too few points are no proof of anything.
  const holds = points.length >= 3 && rise <= bound;
  return { name: rule.name, first, last, rise, bound, what: 'an hour', holds };
}

function below(samples: readonly Sample[], { name, most }: Extract<Rule, { kind: 'below' }>): Verdict {
  const values = pointsOf(samples, name).map(({ value }) => value);
  const [first, last] = [values[0] ?? Number.NaN, values.at(-1) ?? Number.NaN];
  const highest = values.length === 0 ? Number.NaN : Math.max(...values);
  return { name, first, last, rise: highest, bound: most, what: 'highest', holds: highest <= most };
}

function back(samples: readonly Sample[], rule: Extract<Rule, { kind: 'back' }>): Verdict {
  const first = Math.max(...pointsOf(samples, rule.name, 'before').map(({ value }) => value));
  const last = pointsOf(samples, rule.name, 'after').at(-1)?.value ?? Number.NaN;
  const rise = last - first;
  const holds = rise <= rule.mostAbove;
  return { name: rule.name, first, last, rise, bound: rule.mostAbove, what: 'left over', holds };
}

/** At minutes; samples that lack the value are passed over. */
export function pointsOf(samples: readonly Sample[], name: string, phase?: Sample['phase']): Point[] {
  return samples
    .filter((sample) => phase === undefined || sample.phase === phase)
    .flatMap(({ minute, values }) => {
      const value = values[name];
      return value === undefined || Number.isNaN(value) ? [] : [{ at: minute, value }];
    });
}

/** In words: how much was measured, and how much of it was judged. */
export function lengthOf(samples: readonly Sample[]): string {
  const judged = samples.filter(({ phase }) => phase === 'churn');
  const minutes = (judged.at(-1)?.minute ?? 0) - (judged[0]?.minute ?? 0);
  return `${samples.length} samples; judged are ${minutes.toFixed(0)} minutes of churn after ${(judged[0]?.minute ?? 0).toFixed(0)} of warming up.`;
}

/** A table for people. */
export function table(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ name, first, last, rise, bound, what, holds }) => [
    name,
    first.toFixed(1),
    last.toFixed(1),
    what === 'highest' ? `${rise.toFixed(1)} highest` : `${rise >= 0 ? '+' : ''}${rise.toFixed(1)} ${what}`,
    `at most ${bound.toFixed(1)}`,
    holds ? 'holds' : 'DOES NOT HOLD',
  ]);
  const head = ['', 'first', 'last', 'rise', 'bound', ''];
  return [
    line(head),
    `| ${head.map((_, index) => (index === 0 || index === 5 ? '---' : '--:')).join(' | ')} |`,
    ...rows.map(line),
  ].join('\n');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
