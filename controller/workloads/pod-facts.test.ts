import assert from 'node:assert/strict';
import test from 'node:test';
import type { PodObject } from './objects.ts';
import { availableInMs } from './pod-facts.ts';

const readyAt = '2026-01-01T00:00:00Z';
const readyMs = Date.parse(readyAt);
const pod: PodObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a' },
  spec: { containers: [] },
  status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: readyAt }] },
};

test('a pod is available once it has been ready for so long', () => {
  const inMs = (afterMs: number): number | undefined => availableInMs(pod, 30, readyMs + afterMs);
  assert.deepEqual([inMs(0), inMs(29_000), inMs(30_000), inMs(1e9)], [30_000, 1_000, 0, 0]);
  assert.equal(availableInMs(pod, 0, readyMs), 0);
  assert.equal(availableInMs({ ...pod, status: {} }, 30, readyMs), undefined);
});

test('nobody waits until a clock that was put back has been caught up with', () => {
  const day = 86_400_000;
  assert.equal(availableInMs(pod, 30, readyMs - 60 * day), 0);
  assert.equal(availableInMs(pod, 30, readyMs - 5_000), 35_000, 'boards’ clocks differ a little');
});
