/** @param share 0.5 for the median */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const nameWidth = 64;
const numberWidth = 8;

/** A name, and numbers to its right. */
export function row([name = '', ...numbers]: readonly string[]): string {
  return name.padEnd(nameWidth) + numbers.map((number) => number.padStart(numberWidth)).join('');
}
