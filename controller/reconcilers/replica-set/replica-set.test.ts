import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { ReplicaSetObject } from '../../workloads/objects.ts';
import { podThat } from '../../workloads/testing/pods.ts';
import { computeReplicaSet } from './compute.ts';
import { inDeletionOrder } from './deletion-order.ts';

const now = '2026-01-01T01:00:00Z';
const facts = { nowMs: Date.parse(now), now, failure: undefined };

function replicaSet(replicas: number, more: object = {}): ReplicaSetObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default', uid: 'uid-web', generation: 3 },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } } },
      ...more,
    },
  };
}

test('what serves least goes first, and of equals the youngest', () => {
  const pods = [
    podThat('old', { node: 'a', ready: true, since: '2026-01-01T00:00:00Z' }),
    podThat('young', { node: 'b', ready: true, since: '2026-01-01T00:30:00Z' }),
    podThat('costly', { node: 'c', metadata: { annotations: {} } }),
    podThat('pending', { node: 'c', phase: 'Pending' }),
    podThat('unplaced', { phase: 'Pending' }),
    podThat('cheap', {
      node: 'd',
      ready: true,
      metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } },
    }),
    podThat('beside', { node: 'a', ready: true, since: '2026-01-01T00:00:00Z' }),
  ];
  assert.deepEqual(
    inDeletionOrder(pods).map(({ metadata }) => metadata.name),
    ['unplaced', 'pending', 'costly', 'cheap', 'beside', 'old', 'young'],
  );
});

test('with what is made and deleted, exactly as many are active as asked for', () => {
  const pod = fc.record({
    phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed'),
    ready: fc.boolean(),
    deleting: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.nat(30), fc.array(pod, { maxLength: 40 }), (replicas, given) => {
      // Pods that failed long ago: what failed just now is another matter.
      const pods = given.map((is, at) => podThat(`p${at}`, is));
      const { create, remove, status } = computeReplicaSet(replicaSet(replicas), pods, facts);
      const active = pods.filter(
        ({ metadata, status: { phase } = {} }) =>
          !metadata.deletionTimestamp && (phase === 'Pending' || phase === 'Running'),
      );
      assert.equal(active.length + create - remove.length, replicas);
      assert.ok(remove.every((one) => active.includes(one)));
      assert.equal(status.replicas, active.length);
      assert.equal(status.observedGeneration, 3);
    }),
  );
});

test('one that is being deleted makes nothing; after a failure one pod alone is tried, and the status says why', () => {
  const going = replicaSet(3);
  const deleted = { ...going, metadata: { ...going.metadata, deletionTimestamp: now } };
  assert.equal(computeReplicaSet(deleted, [], facts).create, 0);
  const { create, status } = computeReplicaSet(going, [], { ...facts, failure: 'no quota' });
  assert.equal(create, 1);
  assert.deepEqual(status.conditions, [
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'no quota',
      lastTransitionTime: now,
    },
  ]);
  const healed = { ...going, status: { replicas: 0, conditions: status.conditions ?? [] } };
  assert.equal(computeReplicaSet(healed, [], facts).status.conditions, undefined);
});

test('a pod counts as available when it was ready for long enough, and is looked at again by then', () => {
  const pods = [
    podThat('a', { ready: true, since: '2026-01-01T00:59:00Z' }),
    podThat('b', { ready: true, since: '2026-01-01T00:59:50Z' }),
    podThat('c'),
  ];
  const { status, lookAgainMs } = computeReplicaSet(replicaSet(3, { minReadySeconds: 30 }), pods, facts);
  assert.deepEqual([status.readyReplicas, status.availableReplicas, lookAgainMs], [2, 1, 20_000]);
});

test('pods that end as soon as they are made are not made without end', () => {
  const failed = (count: number, created: string) =>
    Array.from({ length: count }, (_, at) => podThat(`${created}-${at}`, { phase: 'Failed', created }));
  const young = '2026-01-01T00:59:00Z';
  assert.equal(computeReplicaSet(replicaSet(2), failed(9, young), facts).create, 2);
  const { create, lookAgainMs } = computeReplicaSet(replicaSet(2), failed(10, young), facts);
  assert.deepEqual([create, lookAgainMs], [0, 240_000]);
  assert.equal(computeReplicaSet(replicaSet(8), failed(10, young), facts).create, 8);
  assert.equal(computeReplicaSet(replicaSet(2), failed(50, '2026-01-01T00:00:00Z'), facts).create, 2);
});
