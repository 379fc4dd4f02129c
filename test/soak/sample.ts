/** What the soak is doing: nothing yet, warming up, churning and judged, or nothing any more. */
export type Phase = 'before' | 'warm-up' | 'churn' | 'after';

/** Everything that was measured at one moment, by names such as `controller anon MiB`. */
export interface Sample {
  readonly phase: Phase;
  /** Minutes since the churn began; negative before. */
  readonly minute: number;
  readonly values: Readonly<Record<string, number>>;
}

/** One line for each sample, one column for each name that any of them has. */
export function csv(samples: readonly Sample[]): string {
  const names = namesOf(samples);
  const lines = samples.map(({ phase, minute, values }) =>
    [phase, minute.toFixed(2), ...names.map((name) => cell(values[name]))].join(','),
  );
  return `${[['phase', 'minute', ...names].join(','), ...lines].join('\n')}\n`;
}

export function namesOf(samples: readonly Sample[]): string[] {
  return [...new Set(samples.flatMap(({ values }) => Object.keys(values)))];
}

const cell = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '' : String(Math.round(value * 1_000) / 1_000);

/** The other way round, so that a plot can be drawn anew from the file. @throws Error when it is no such file */
export function fromCsv(text: string): Sample[] {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const [phase, minute, ...names] = head.split(',');
  if (phase !== 'phase' || minute !== 'minute') throw new Error('this is no file of samples');
  return lines.map((line) => {
    const [phaseCell = '', minuteCell = '', ...cells] = line.split(',');
    const filled = names.flatMap((name, index): [string, number][] =>
      cells[index] ? [[name, Number(cells[index])]] : [],
    );
    return { phase: phaseCell as Phase, minute: Number(minuteCell), values: Object.fromEntries(filled) };
  });
}
