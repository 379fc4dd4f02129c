import assert from 'node:assert/strict';
import test from 'node:test';
import type { ObjectStore } from '../store/types.ts';
import { podThat } from '../workloads/testing/pods.ts';
import { endedPods } from './ended-pods.ts';

test('of the pods that ended the oldest go when there are too many; others, and those that are held, never', () => {
  const held = { metadata: { finalizers: ['example.com/x'] } };
  const pods = [
    podThat('newest', { phase: 'Failed', created: '2026-01-03T00:00:00Z' }),
    podThat('oldest', { phase: 'Succeeded', created: '2026-01-01T00:00:00Z' }),
    podThat('middle', { phase: 'Succeeded', created: '2026-01-02T00:00:00Z' }),
    podThat('held', { phase: 'Failed', ...held }),
    podThat('runs', { phase: 'Running' }),
  ];
  const list = () => pods.map((object) => ({ key: object.metadata.name, object, revision: 1, json: '' }));
  const look = (most: number): string[] => {
    const make = endedPods({ list } as unknown as ObjectStore, most);
    const host = { now: () => 0, monotonic: () => 0, random: () => 0 };
    const { writes } = make(host).reconcile('ended', { failures: 0, message: undefined });
    return writes.map(({ write }) => (write.type === 'delete' ? write.object.metadata.name : write.type));
  };
  assert.deepEqual([look(3), look(2), look(1)], [[], ['oldest'], ['oldest', 'middle']]);
});
