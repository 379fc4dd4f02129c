import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindByPlural } from '@bramble/protocol/kinds.ts';
import { isReleased, planDeletion } from './deletion.ts';

const pods = kindByPlural('', 'pods');
const namespaces = kindByPlural('', 'namespaces');
const configmaps = kindByPlural('', 'configmaps');
assert.ok(pods && namespaces && configmaps);

function pod(metadata = {}, spec = {}, status = {}) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', generation: 1, ...metadata }, spec, status };
}

test('a pod that runs nowhere, or has ended, or is forced, goes at once', () => {
  const bound = { nodeName: 'pi', terminationGracePeriodSeconds: 30 };
  assert.equal(planDeletion(pods, pod(), undefined, 0).type, 'remove');
  assert.equal(planDeletion(pods, pod({}, bound), 0, 0).type, 'remove');
  assert.equal(planDeletion(pods, pod({}, bound, { phase: 'Succeeded' }), undefined, 0).type, 'remove');
});

test('a bound pod is given its grace, and a later deletion may only shorten it', () => {
  const bound = pod({}, { nodeName: 'pi', terminationGracePeriodSeconds: 30 });
  const first = planDeletion(pods, bound, undefined, 1_000_000);
  assert.ok(first.type === 'mark');
  assert.deepEqual(first.object.metadata, {
    name: 'a',
    generation: 2,
    deletionTimestamp: '1970-01-01T00:17:10Z',
    deletionGracePeriodSeconds: 30,
  });
  assert.equal(planDeletion(pods, first.object, undefined, 0).type, 'unchanged');
  assert.equal(planDeletion(pods, first.object, 30, 0).type, 'unchanged');
  const shorter = planDeletion(pods, first.object, 10, 0);
  assert.ok(shorter.type === 'mark');
  assert.equal(shorter.object.metadata.deletionTimestamp, '1970-01-01T00:16:50Z');
  assert.equal(shorter.object.metadata.deletionGracePeriodSeconds, 10);
  assert.equal(planDeletion(pods, first.object, 0, 0).type, 'remove');
});

test('finalizers hold an object, and taking off the last releases it', () => {
  const held = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', finalizers: ['x/y'] } };
  const plan = planDeletion(configmaps, held, undefined, 0);
  assert.ok(plan.type === 'mark');
  const free = { ...plan.object, metadata: { ...plan.object.metadata, finalizers: [] } };
  assert.equal(isReleased(configmaps, plan.object, free), true);
  assert.equal(isReleased(configmaps, held, { ...held, metadata: { name: 'a' } }), false);
});

test('a namespace becomes Terminating until its finalizer is gone', () => {
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'a' },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
  const plan = planDeletion(namespaces, namespace, undefined, 0);
  assert.ok(plan.type === 'mark');
  assert.deepEqual(plan.object['status'], { phase: 'Terminating' });
  assert.equal(isReleased(namespaces, plan.object, { ...plan.object, spec: {} }), true);
});
