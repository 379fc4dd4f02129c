import type { Probe } from '@bramble/protocol/schema/types.generated.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

/** Outcomes of one probe of one container, as far as they count. */
export interface Row {
  readonly last: boolean | undefined;
  readonly inARow: number;
}

export const emptyRow: Row = { last: undefined, inARow: 0 };

/** Kubernetes' defaults, for a pod that did not come through our API server. */
const defaults = { periodSeconds: 10, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 } as const;

export type Timing = Required<
  Pick<
    Probe,
    'initialDelaySeconds' | 'periodSeconds' | 'timeoutSeconds' | 'successThreshold' | 'failureThreshold'
  >
>;

export function timingOf(probe: Probe): { readonly [field in keyof Timing]: number } {
  const positive = (field: keyof typeof defaults): number => probe[field] || defaults[field];
  return {
    initialDelaySeconds: probe.initialDelaySeconds ?? 0,
    periodSeconds: positive('periodSeconds'),
    timeoutSeconds: positive('timeoutSeconds'),
    successThreshold: positive('successThreshold'),
    failureThreshold: positive('failureThreshold'),
  };
}

/** One more outcome. `verdict` is said when enough of the same kind came in a row, and each time after that. */
export function judge(
  row: Row,
  passed: boolean,
  probe: Probe,
): { readonly row: Row; readonly verdict: boolean | undefined } {
  const inARow = row.last === passed ? row.inARow + 1 : 1;
  const { successThreshold, failureThreshold } = timingOf(probe);
  const enough = inARow >= (passed ? successThreshold : failureThreshold);
  return { row: { last: passed, inARow }, verdict: enough ? passed : undefined };
}
