import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { boardView, canonicalJson, digestOf } from './digest.ts';
import type { KubeObject } from './kube.ts';

const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'hello',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    labels: { a: '1', b: '2' },
  },
  spec: { containers: [{ name: 'web', image: 'hello:1' }] },
  status: { phase: 'Pending' },
};

test('a pod’s digest changes with what its board has to do, and with nothing else', () => {
  const digest = digestOf('pods', pod);
  assert.match(digest, /^[0-9a-f]{16}$/);
  const metadata = { ...pod.metadata, resourceVersion: '2', labels: { b: '2', a: '1' }, managedFields: [] };
  assert.equal(digestOf('pods', { ...pod, metadata, status: { phase: 'Running' } }), digest);
  const dying = { ...pod.metadata, deletionTimestamp: '2026-11-22T17:00:00Z' };
  assert.notEqual(digestOf('pods', { ...pod, metadata: dying }), digest);
  assert.notEqual(digestOf('pods', { ...pod, spec: { containers: [] } }), digest);
  assert.equal('status' in boardView('pods', pod), false);
  const creationTimestamp = '2026-01-01T00:00:00Z';
  const aged = { ...pod, metadata: { ...pod.metadata, creationTimestamp } };
  assert.equal(
    boardView('pods', aged).metadata.creationTimestamp,
    creationTimestamp,
    'the oldest goes first',
  );
  assert.equal(digestOf('pods', aged), digest, 'a pod’s age is nothing to do for its board');
});

test('a Secret’s digest tells nothing of its content', () => {
  const secret = { ...pod, kind: 'Secret', data: { password: 'a' } };
  assert.equal(digestOf('secrets', secret), digestOf('secrets', { ...secret, data: { password: 'b' } }));
  const next = { ...pod.metadata, resourceVersion: '2' };
  assert.notEqual(digestOf('secrets', secret), digestOf('secrets', { ...secret, metadata: next }));
});

test('canonical JSON is the same for the same content, in whatever order it was written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(reversed(value)), canonicalJson(value));
    }),
  );
  assert.equal(canonicalJson({ b: undefined, a: [1, { d: 2, c: null }] }), '{"a":[1,{"c":null,"d":2}]}');
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, field]): [string, unknown] => [name, reversed(field)])
      .reverse(),
  );
}
