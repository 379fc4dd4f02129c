import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { decodeStored, encodedOf, encodeObject, stamp } from './encode.ts';

const key = '/registry/configmaps/default/a';

function configMap(): KubeObject {
  return {
    metadata: { resourceVersion: '3', name: 'a', labels: { app: 'x' } },
    apiVersion: 'v1',
    kind: 'ConfigMap',
    data: { list: 'é “quoted”' },
    items: [{ nested: [1, { deep: true }] }, null],
  };
}

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  assert.ok(Object.isFrozen(value), JSON.stringify(value));
  for (const part of Object.values(value)) assertFrozen(part);
}

test('what is stored has its revision, is frozen to its last part, and its JSON says the same', () => {
  const given = configMap();
  const stored = stamp(encodeObject(given), key, 12);
  assert.deepEqual(stored.object, { ...given, metadata: { ...given.metadata, resourceVersion: '12' } });
  assert.deepEqual(JSON.parse(stored.json), stored.object);
  assertFrozen(stored);
});

test('what is stored gets another revision without being encoded again, wherever its JSON has the old one', () => {
  const own = stamp(encodeObject(configMap()), key, 12);
  const foreign = decodeStored(key, JSON.stringify({ ...configMap(), note: '"resourceVersion":"3"}}' }));
  for (const stored of [own, foreign]) {
    const again = stamp(encodedOf(stored), key, 1_234);
    const { metadata } = stored.object;
    assert.deepEqual(again.object, { ...stored.object, metadata: { ...metadata, resourceVersion: '1234' } });
    assert.deepEqual(JSON.parse(again.json), again.object);
    assertFrozen(again);
  }
});
