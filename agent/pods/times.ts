import { parseTime, timeText } from '@bramble/protocol/schema/time.ts';

/** Milliseconds since the epoch of RFC 3339 text; `undefined` for what is empty or no time. */
export function millisecondsOf(text: string): number | undefined {
  const moment = parseTime(text);
  return moment && moment.seconds * 1_000 + Math.floor(moment.nanos / 1_000_000);
}

/** Kubernetes' Time: RFC 3339, UTC, whole seconds. */
export function timeOf(ms: number): string {
  return timeText({ seconds: Math.floor(ms / 1_000), nanos: 0 });
}

/** With its milliseconds. */
export function timeOfMs(ms: number): string {
  return timeText({ seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 });
}

/** Another notation of a moment as Kubernetes' Time; `undefined` where there is none. */
export function kubernetesTime(text: string): string | undefined {
  const ms = millisecondsOf(text);
  return ms === undefined ? undefined : timeOf(ms);
}
