import assert from 'node:assert/strict';
import test from 'node:test';
import { ageText, describe } from './describe.ts';
import { secondsOf } from './logs.ts';
import { dumped } from './output.ts';
import { tableLines } from './table.ts';

test('a table is aligned, shows wide columns when asked, and lets no control character through', () => {
  const table = {
    columnDefinitions: [{ name: 'Name' }, { name: 'Age' }, { name: 'Node', priority: 1 }],
    rows: [
      { cells: ['a\u001b[2J', '1s', 'pi'], object: { metadata: { namespace: 'default' } } },
      { cells: ['longer', null, ''] },
    ],
  };
  assert.deepEqual(tableLines(table, { wide: false, namespaces: false }), [
    'NAME     AGE',
    'a [2J    1s',
    'longer   <none>',
  ]);
  assert.deepEqual(tableLines(table, { wide: true, namespaces: true, withoutHeader: true }), [
    'default   a [2J    1s       pi',
    '          longer   <none>   <none>',
  ]);
});

test('ages are written as kubectl writes them', () => {
  const minute = 60_000;
  const cases: [number, string][] = [
    [0, '0s'],
    [119_000, '119s'],
    [2 * minute, '2m'],
    [9 * minute + 59_000, '9m59s'],
    [10 * minute + 59_000, '10m'],
    [179 * minute, '179m'],
    [3 * 60 * minute, '3h'],
    [7 * 60 * minute + 20 * minute, '7h20m'],
    [47 * 60 * minute, '47h'],
    [2 * 24 * 60 * minute + 60 * minute, '2d1h'],
    [9 * 24 * 60 * minute, '9d'],
  ];
  for (const [ms, text] of cases) assert.equal(ageText(ms), text);
  assert.equal(ageText(Number.NaN), '<unknown>');
});

test('times for --since', () => {
  assert.deepEqual(['30s', '5m', '1h30m', '2d', '0s'].map(secondsOf), [30, 300, 5_400, 172_800, 1]);
  for (const wrong of ['', 'x', '5', '5m!', 'm5']) assert.throws(() => secondsOf(wrong), /a time such as/);
});

test('a description keeps names of people’s own, and leaves out what only machines read', () => {
  const object = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: 'a',
      labels: { 'app.kubernetes.io/name': 'x' },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      managedFields: [{}],
    },
    spec: { hostNetwork: true, containers: [{ name: 'c', resources: { limits: { cpu: '1' } } }] },
  };
  assert.equal(
    describe(object, [], 0),
    [
      'Name: a',
      'Kind: Pod',
      'Labels:',
      '  app.kubernetes.io/name: x',
      'Spec:',
      '  Host network: true',
      '  Containers:',
      '    - Name: c',
      '      Resources:',
      '        Limits:',
      '          cpu: 1',
      'Events: <none>',
    ].join('\n'),
  );
});

test('objects are written with their keys in order', () => {
  assert.equal(dumped({ b: 1, a: [{ d: 1, c: '1' }] }, 'yaml'), 'a:\n  - c: "1"\n    d: 1\nb: 1\n');
});
