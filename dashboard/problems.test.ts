import assert from 'node:assert/strict';
import test from 'node:test';
import { parsePath, problemsOf } from './problems.ts';
import { linesOf } from './yaml-lines.ts';

const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
# a comment
apiVersion: v1
kind: Pod
metadata:
  name: b
  labels:
    app/x: y
spec:
  containers:
    - name: c
    - name: d
      ports:
        - containerPort: 0
`;

test('paths of fields are read as Kubernetes writes them', () => {
  assert.deepEqual(parsePath('spec.containers[1].ports[0].containerPort'), [
    'spec',
    'containers',
    1,
    'ports',
    0,
    'containerPort',
  ]);
  assert.deepEqual(parsePath('metadata.labels[app/x]'), ['metadata', 'labels', 'app/x']);
  assert.deepEqual(parsePath(''), []);
});

test('a field is found at its line; one that is not there, where it would stand', () => {
  const lineOf = linesOf(text);
  assert.equal(lineOf(1, parsePath('spec.containers[1].ports[0].containerPort')), 17);
  assert.equal(lineOf(1, parsePath('metadata.labels[app/x]')), 11);
  assert.equal(lineOf(1, parsePath('spec.containers[0].image')), 14);
  assert.equal(lineOf(1, parsePath('spec.nothing.below')), 12);
  assert.equal(lineOf(0, parsePath('data')), 1);
  assert.equal(lineOf(7, parsePath('data')), undefined);
  assert.equal(linesOf('{"spec":\n{"a":1}}')(0, ['spec', 'a']), 2);
  assert.doesNotThrow(() => linesOf('a: [')(0, ['a']));
});

test('each cause is a problem; what was done is none', () => {
  const refused = {
    kind: 'Status',
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message: 'Pod "b" is invalid',
    details: { causes: [{ field: 'spec.containers[0].image', message: 'Required value' }] },
  } as const;
  const done = {
    action: 'created',
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'a',
    uid: 'u',
    resourceVersion: '1',
  } as const;
  assert.deepEqual(problemsOf({ items: [done, refused] }, linesOf(text)), [
    { field: 'spec.containers[0].image', message: 'Required value', line: 14 },
  ]);
  const unreadable = { ...refused, message: 'bad indentation at line 3, column 1', details: {} };
  assert.deepEqual(problemsOf({ items: [unreadable] }, linesOf(text)), [
    { field: '', message: 'bad indentation at line 3, column 1', line: 3 },
  ]);
});
