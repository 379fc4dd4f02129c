import { limits } from './limits.ts';
import { wholeWithin } from './shapes.ts';
import { metricsIntervalMs, silenceMs } from './silence.ts';

export { metricsIntervalMs, silenceMs } from './silence.ts';

/**
 * A board's MQTT keepalive in seconds (MQTT 3.1.1 §3.1.2.10): how long its connection may be idle before it asks whether
 * anybody is there. What follows from it is said here, since board and controller must agree.
 */
export const keepaliveSeconds = wholeWithin(
  limits.mqttKeepaliveLeastSeconds,
  limits.mqttKeepaliveMostSeconds,
);

/** How often a board says how it is while nobody asks: that it lives its connection shows, whose end the broker tells. */
export function idleMetricsIntervalMs(keepalive: number): number {
  return Math.max(limits.idleMetricsMs, metricsIntervalMs(keepalive));
}

/**
 * A board that has been heard on the controller's present connection, and whose death no broker tells, counts as lost
 * after so long without a word: what it says by itself may get lost twice.
 */
export function untoldDeathMs(keepalive: number): number {
  return 3 * idleMetricsIntervalMs(keepalive) + silenceMs(keepalive);
}
