import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyDefaults } from '../defaults/index.ts';
import { kindNamed, podWith } from '../testing/kinds.ts';
import { validateUpdate } from './update.ts';

function causesOf(kind: string, old: object, changed: object): string[] {
  const [before, after] = [old, changed].map((object) => applyDefaults(kindNamed(kind), object));
  return validateUpdate(kindNamed(kind), before, after).map(({ field, message }) => `${field}: ${message}`);
}

const fixed =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

describe('validateUpdate', () => {
  it('lets a pod change its image, labels, and gain tolerations', () => {
    const changed = podWith(
      { image: 'hello:2' },
      { tolerations: [{ operator: 'Exists' }] },
      { labels: { a: 'b' } },
    );
    assert.deepEqual(causesOf('Pod', podWith(), changed), []);
  });

  it('names what of a pod may not change', () => {
    assert.deepEqual(causesOf('Pod', podWith(), podWith({ env: [{ name: 'A' }] }, { nodeName: 'pi' })), [
      `${fixed}\nspec.containers[0].env\nspec.nodeName`,
    ]);
    const two = { containers: [{ name: 'a' }, { name: 'b' }] };
    assert.deepEqual(causesOf('Pod', podWith(), podWith({}, two)), [
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ]);
    const tolerant = podWith({}, { tolerations: [{ key: 'a', operator: 'Exists' }] });
    assert.deepEqual(causesOf('Pod', tolerant, podWith()), [
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
    const [implied, said] = [
      { key: 'a', value: 'b' },
      { key: 'a', operator: 'Equal', value: 'b' },
    ];
    assert.deepEqual(
      causesOf('Pod', podWith({}, { tolerations: [implied] }), podWith({}, { tolerations: [said] })),
      [],
    );
    const [later, sooner] = [
      podWith({}, { activeDeadlineSeconds: 9 }),
      podWith({}, { activeDeadlineSeconds: 5 }),
    ];
    assert.deepEqual(causesOf('Pod', later, sooner), []);
    assert.deepEqual(causesOf('Pod', sooner, later), [
      'spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value',
    ]);
  });

  it('keeps an object’s identity', () => {
    const old = podWith({}, {}, { uid: 'u1', creationTimestamp: '2026-01-01T00:00:00Z' });
    assert.deepEqual(causesOf('Pod', old, podWith()), []);
    assert.deepEqual(causesOf('Pod', old, podWith({}, {}, { name: 'other', uid: 'u2' })), [
      'metadata.name: Invalid value: "other": field is immutable',
      'metadata.uid: Invalid value: "u2": field is immutable',
    ]);
    const deleted = podWith({}, {}, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b'] });
    assert.deepEqual(causesOf('Pod', deleted, podWith({}, {}, { finalizers: ['c/d'] })), [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c/d"}',
    ]);
  });

  it('keeps immutable ConfigMaps and Secrets, and any Secret’s type', () => {
    const map = { metadata: { name: 'x' }, data: { a: '1' }, immutable: true };
    const detail = 'Forbidden: field is immutable when `immutable` is set';
    assert.deepEqual(causesOf('ConfigMap', map, { metadata: { name: 'x' }, data: { a: '2' } }), [
      `immutable: ${detail}`,
      `data: ${detail}`,
    ]);
    assert.deepEqual(causesOf('ConfigMap', map, map), []);
    const secret = { metadata: { name: 'x' }, type: 'Opaque' };
    assert.deepEqual(causesOf('Secret', secret, { ...secret, type: 'my/own' }), [
      'type: Invalid value: "my/own": field is immutable',
    ]);
  });
});
