/** Numbers of tests, and what the failed ones have to say. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One text a failure, complete: where, which, why. */
  readonly failures: readonly string[];
  /** What tests have measured, in their own words: such as how fast they were. */
  readonly measured: readonly string[];
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, failures: [], measured: [] };

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
    measured: [...a.measured, ...b.measured],
  };
}

/** The closing line of `npm test`. CI reads it: it must stand alone on its line. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A test that tells a measurement begins it so: `context.diagnostic('measured: …')`. */
export const measuredPrefix = 'measured: ';

/** The last line of a stage: its numbers, and what was measured in it. */
export function stageLine(name: string, tally: Tally): string {
  return [`stage ${name}: ${closingLine(tally)}`, ...tally.measured].join('; ');
}

/**
 * @param inCi skipped tests are forgiven on a developer's machine, and fail a run in CI, where nothing may be left out
 * @returns why the whole run has failed; undefined if it has not
 */
export function verdict({ passed, failed, skipped }: Tally, inCi: boolean): string | undefined {
  if (failed > 0) return `${failed} failed.`;
  if (passed === 0) return 'No test ran.';
  if (inCi && skipped > 0) return `${skipped} skipped, which CI does not allow.`;
  return undefined;
}
