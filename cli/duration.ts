const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `90s`, `15m`, `12h`, `30d`, `4w`; a bare number is minutes. `undefined` for anything else. */
export function parseDurationMs(text: string): number | undefined {
  const [, count, unit = 'm'] = /^(\d{1,9})([smhdw])?$/.exec(text.trim()) ?? [];
  const unitMs = unitsMs[unit];
  return count === undefined || unitMs === undefined ? undefined : Number(count) * unitMs;
}
