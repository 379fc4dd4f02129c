/** How a parent treats the failures of its children, as data. */
export interface Supervision {
  /**
   * Which siblings are restarted with a child that failed: none, all, or those started after it.
   * A temporary sibling among them is stopped for good.
   */
  readonly strategy: 'one-for-one' | 'one-for-all' | 'rest-for-one';
  /** More than `restarts` within `withinMs` and the parent itself fails. */
  readonly budget: { readonly restarts: number; readonly withinMs: number };
  /**
   * Delay before the n-th restart in a row: `firstMs` doubled each time up to `maxMs`, then jittered to 50–100 %.
   * A child that then ran for `budget.withinMs` starts a new row.
   */
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
}

export const defaultSupervision: Supervision = {
  strategy: 'one-for-one',
  budget: { restarts: 10, withinMs: 60_000 },
  backoff: { firstMs: 100, maxMs: 10_000 },
};

const strategies: readonly string[] = ['one-for-one', 'one-for-all', 'rest-for-one'];

/** @throws RangeError naming the field that is out of bounds. */
export function checkSupervision(supervision: Supervision): void {
  const { strategy, budget, backoff } = supervision;
  if (!strategies.includes(strategy))
    throw new RangeError(`supervision.strategy is ${strategy}; it must be one of ${strategies.join(', ')}`);
  if (!Number.isInteger(budget.restarts))
    throw new RangeError(`supervision.budget.restarts is ${budget.restarts}; it must be a whole number`);
  const bounds: [string, number, number, number][] = [
    ['budget.restarts', budget.restarts, 0, 10_000],
    ['budget.withinMs', budget.withinMs, 1, 86_400_000],
    ['backoff.firstMs', backoff.firstMs, 0, 600_000],
    ['backoff.maxMs', backoff.maxMs, backoff.firstMs, 3_600_000],
  ];
  for (const [field, value, least, most] of bounds) {
    if (!Number.isFinite(value) || value < least || value > most)
      throw new RangeError(`supervision.${field} is ${value}; it must be between ${least} and ${most}`);
  }
}

/** Milliseconds to wait before the restart that follows `failures` failures in a row (1 or more). */
export function backoffDelay(
  supervision: Pick<Supervision, 'backoff'>,
  failures: number,
  random: number,
): number {
  const { firstMs, maxMs } = supervision.backoff;
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return full * (0.5 + random / 2);
}

/** The failures that still count against the budget at `nowMs`, the newest included. */
export function withinBudget(failures: readonly number[], supervision: Supervision, nowMs: number): number[] {
  return failures.filter((at) => nowMs - at < supervision.budget.withinMs);
}

/** The children that `failed` takes with it, itself included, in their order of starting. */
export function restartGroup<Child>(
  children: readonly Child[],
  failed: Child,
  strategy: Supervision['strategy'],
): Child[] {
  if (strategy === 'one-for-one') return [failed];
  return children.slice(strategy === 'one-for-all' ? 0 : children.indexOf(failed));
}
