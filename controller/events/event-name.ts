const serials = 1_000_000;
const longestNameOfSubject = 220;

/**
 * `{name}.{nanoseconds in hexadecimal}`, as Kubernetes names events. kubectl sorts what it describes by whole seconds and
 * leaves the rest as it was listed, which is by name: so names grow with time, and within a millisecond with the serial.
 */
export function eventName(about: string, atMs: number, serial: number): string {
  const nanoseconds = BigInt(Math.floor(atMs)) * 1_000_000n + BigInt(serial % serials);
  const stem = about.slice(0, longestNameOfSubject).replace(/[^a-z0-9]+$/, '');
  return `${stem}.${nanoseconds.toString(16).padStart(16, '0')}`;
}
