/** A value at a time, both in any unit. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? Number.NaN)) / 2;
}

/**
 * The slope of a line through points by Theil and Sen: the median of the slopes of all pairs. Up to 29 % of the points
 * may lie anywhere without moving it, as the peaks between two garbage collections do.
 */
export function theilSen(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (const [index, one] of points.entries())
    for (const other of points.slice(index + 1))
      if (other.at !== one.at) slopes.push((other.value - one.value) / (other.at - one.at));
  return slopes.length === 0 ? 0 : median(slopes);
}

/** The lowest of each `size` points in a row: what a heap holds, without the garbage that waits for a collection. */
export function lowest(points: readonly Point[], size: number): Point[] {
  const found: Point[] = [];
  for (let from = 0; from + size <= points.length; from += size) {
    const window = points.slice(from, from + size);
    found.push(window.reduce((least, point) => (point.value < least.value ? point : least)));
  }
  return found;
}
