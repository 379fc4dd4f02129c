import { isIP } from 'node:net';
import type { Causes } from '../causes.ts';

export const maxInt32 = 2 ** 31 - 1;

/** Whether a field is there at all; JSON's null counts as absent. */
export function isSet<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

export function checkRange(causes: Causes, field: string, value: number, low: number, high: number): void {
  if (value < low || value > high)
    causes.invalid(field, value, `must be between ${low} and ${high}, inclusive`);
}

export function checkPort(causes: Causes, field: string, port: number): void {
  checkRange(causes, field, port, 1, 65_535);
}

export function checkNotNegative(causes: Causes, field: string, value: number | null | undefined): void {
  if (isSet(value) && value < 0) causes.invalid(field, value, 'must be greater than or equal to 0');
}

export function checkAddress(causes: Causes, field: string, address: string): void {
  if (isIP(address) !== 0) return;
  causes.invalid(field, address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)');
}

/** One of a fixed set. Whether it may be absent is the caller's matter. */
export function checkOneOf(
  causes: Causes,
  field: string,
  value: string | null | undefined,
  supported: readonly string[],
): void {
  if (isSet(value) && value !== '' && !supported.includes(value))
    causes.notSupported(field, value, supported);
}
