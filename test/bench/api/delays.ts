/** Milliseconds. */
export interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

export function delaysOf(delays: readonly number[]): Delays {
  const sorted = [...delays].sort((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}
