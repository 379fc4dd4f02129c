/** A count, or a share of a total such as `25%`. */
export type IntOrPercent = number | string;

const percentPattern = /^([0-9]+)%$/;

/** The share in percent; `undefined` for a count, or for what is neither. */
export function percentOf(value: IntOrPercent): number | undefined {
  const digits = typeof value === 'string' ? percentPattern.exec(value)?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

/** Kubernetes' `GetScaledValueFromIntOrPercent`: how many of `total` are meant. What is neither counts as none. */
export function scaledValue(
  value: IntOrPercent | null | undefined,
  total: number,
  rounding: 'up' | 'down',
): number {
  if (typeof value === 'number') return value;
  const percent = percentOf(value ?? '');
  if (percent === undefined) return 0;
  const exact = (percent * total) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
