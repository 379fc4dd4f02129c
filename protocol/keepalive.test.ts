import assert from 'node:assert/strict';
import test from 'node:test';
import {
  idleMetricsIntervalMs,
  keepaliveSeconds,
  metricsIntervalMs,
  silenceMs,
  untoldDeathMs,
} from './keepalive.ts';
import { limits } from './limits.ts';

test('of a usual board: a word every 15 seconds, lost after 45', () => {
  assert.equal(metricsIntervalMs(limits.mqttKeepaliveSeconds), 15_000);
  assert.equal(silenceMs(limits.mqttKeepaliveSeconds), 45_000);
});

test('two words in a row may get lost, whatever the keepalive', () => {
  for (const seconds of [5, 10, 30, 1_200])
    assert.ok(2 * metricsIntervalMs(seconds) < silenceMs(seconds) && silenceMs(seconds) === 1_500 * seconds);
});

test('a keepalive has 5 seconds to 20 minutes', () => {
  const fits = (seconds: number): boolean => keepaliveSeconds.safeParse(seconds).success;
  assert.deepEqual([4, 5, 1_200, 1_201, 5.5].map(fits), [false, true, true, false, false]);
});

test('a quiet board says how it is every five minutes, never more often than a watched one, and may be missed twice', () => {
  assert.equal(idleMetricsIntervalMs(limits.mqttKeepaliveSeconds), 300_000);
  for (const seconds of [limits.mqttKeepaliveLeastSeconds, 30, 600, limits.mqttKeepaliveMostSeconds]) {
    assert.ok(idleMetricsIntervalMs(seconds) >= metricsIntervalMs(seconds));
    assert.ok(untoldDeathMs(seconds) > 3 * idleMetricsIntervalMs(seconds));
  }
});
