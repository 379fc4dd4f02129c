import { parseTime, timeText } from '@bramble/protocol/schema/time.ts';

/** Milliseconds since the epoch as Kubernetes writes a Time: UTC, whole seconds. */
export function timeOf(milliseconds: number): string {
  return timeText({ seconds: Math.floor(milliseconds / 1_000), nanos: 0 });
}

/** The reverse; `undefined` for what is no time. Also reads a MicroTime. */
export function millisecondsOf(text: unknown): number | undefined {
  const moment = typeof text === 'string' ? parseTime(text) : undefined;
  return moment && moment.seconds * 1_000 + Math.floor(moment.nanos / 1_000_000);
}
