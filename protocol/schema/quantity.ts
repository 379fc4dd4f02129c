/** A quantity in billionths, the finest that Kubernetes keeps, and the notation it was written in. */
export interface ParsedQuantity {
  readonly nano: bigint;
  /** Thousandths, rounded up in magnitude as Kubernetes does. */
  readonly milli: bigint;
  readonly notation: 'binary' | 'decimal' | 'exponent';
}

/** What the API server says of a bad quantity. */
export const quantityRule =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const pattern = /^([+-]?)(\d+)?(?:\.(\d*))?(?:([numkMGTPE])|([KMGTPE])i|[eE]([+-]?\d{1,9}))?$/;
const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes = 'KMGTPE';
const maxTextLength = 64;
/** Above this power of ten any digit is beyond 2^63, below its negative any is less than a billionth. */
const maxExponent = 90;
const nanoPerUnit = 1_000_000_000n;
const maxNano = (2n ** 63n - 1n) * nanoPerUnit;

/** Kubernetes' number with a suffix: `100m`, `1.5Gi`, `2e3`. Throws a RangeError for anything else. */
export function parseQuantity(text: string): ParsedQuantity {
  const match = text.length <= maxTextLength ? pattern.exec(text) : null;
  const [, sign, whole = '', fraction = '', decimal, binary, exponent] = match ?? [];
  if (!match || (whole === '' && fraction === '')) {
    throw new RangeError(`${JSON.stringify(text.slice(0, maxTextLength))} is no quantity: ${quantityRule}`);
  }
  const digits = BigInt(whole + fraction);
  const power = 9 - fraction.length + exponentOf(decimal, exponent);
  const factor = binary ? 1024n ** BigInt(binarySuffixes.indexOf(binary) + 1) : 1n;
  const magnitude = capped(scaled(digits * factor, power));
  const nano = sign === '-' ? -magnitude : magnitude;
  return { nano, milli: roundedUp(nano, 1_000_000n), notation: notationOf(binary, exponent) };
}

export function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}

/** In base units: cores, bytes, pieces. Throws a RangeError for what is no quantity. */
export function quantityToNumber(text: string): number {
  return Number(parseQuantity(text).nano) / 1e9;
}

/** Thousandths of a core, rounded up. Throws a RangeError for what is no quantity. */
export function cpuToMilli(text: string): number {
  return Number(parseQuantity(text).milli);
}

/** Whole bytes, rounded up. Throws a RangeError for what is no quantity. */
export function bytesOf(text: string): number {
  return Number(roundedUp(parseQuantity(text).nano, nanoPerUnit));
}

/** The form that Kubernetes stores: `0.5` → `500m`, `1024Mi` → `1Gi`, `1500` → `1500`. */
export function canonicalQuantity(text: string): string {
  const { nano, notation } = parseQuantity(text);
  const magnitude = nano < 0n ? -nano : nano;
  if (magnitude === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const binary = notation === 'binary' && magnitude >= 1024n * nanoPerUnit && magnitude % nanoPerUnit === 0n;
  return sign + (binary ? binaryText(magnitude / nanoPerUnit) : decimalText(magnitude, notation));
}

function binaryText(units: bigint): string {
  let rest = units;
  let steps = 0;
  while (rest % 1024n === 0n && steps < binarySuffixes.length) {
    rest /= 1024n;
    steps += 1;
  }
  return steps === 0 ? `${rest}` : `${rest}${binarySuffixes.charAt(steps - 1)}i`;
}

function decimalText(nano: bigint, notation: ParsedQuantity['notation']): string {
  let rest = nano;
  let exponent = -9;
  while (rest % 1_000n === 0n && exponent < 18) {
    rest /= 1_000n;
    exponent += 3;
  }
  if (exponent === 0) return `${rest}`;
  if (notation === 'exponent') return `${rest}e${exponent}`;
  return `${rest}${Object.keys(decimalExponents).find((suffix) => decimalExponents[suffix] === exponent)}`;
}

function exponentOf(decimal: string | undefined, exponent: string | undefined): number {
  if (decimal) return decimalExponents[decimal] ?? 0;
  return exponent ? Math.max(-maxExponent, Math.min(maxExponent, Number(exponent))) : 0;
}

function scaled(digits: bigint, power: number): bigint {
  return power >= 0 ? digits * 10n ** BigInt(power) : roundedUp(digits, 10n ** BigInt(-power));
}

/** Division that rounds away from zero, so that no request shrinks by being written. */
function roundedUp(value: bigint, divisor: bigint): bigint {
  if (value < 0n) return -roundedUp(-value, divisor);
  return (value + divisor - 1n) / divisor;
}

function capped(magnitude: bigint): bigint {
  return magnitude > maxNano ? maxNano : magnitude;
}

function notationOf(binary: string | undefined, exponent: string | undefined): ParsedQuantity['notation'] {
  if (binary) return 'binary';
  return exponent ? 'exponent' : 'decimal';
}
