import { z } from 'zod';
import { limits } from './limits.ts';

/**
 * A board's MQTT keepalive in seconds (MQTT 3.1.1 §3.1.2.10): how long its connection may be idle before it asks whether
 * anybody is there. What follows from it is said here, since board and controller must agree.
 */
export const keepaliveSeconds = z
  .number()
  .int()
  .min(limits.mqttKeepaliveLeastSeconds)
  .max(limits.mqttKeepaliveMostSeconds);

/** After so long without a word a board counts as lost: one and a half keepalives, as a broker counts. */
export function silenceMs(keepalive: number): number {
  return keepalive * 1_500;
}

/** How often a board says how it is: a sign of life that may get lost twice before the board counts as lost. */
export function metricsIntervalMs(keepalive: number): number {
  return keepalive * 500;
}
