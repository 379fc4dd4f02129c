// Apart from the schema in keepalive.ts: the broker's worker needs these alone, and a second zod takes megabytes.

/** After so long without a word a board counts as lost: one and a half keepalives, as a broker counts. */
export function silenceMs(keepalive: number): number {
  return keepalive * 1_500;
}

/** How often a board says how it is while somebody wants to know, or nobody has answered it yet. */
export function metricsIntervalMs(keepalive: number): number {
  return keepalive * 500;
}
