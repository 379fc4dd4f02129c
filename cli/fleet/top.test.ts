import assert from 'node:assert/strict';
import test from 'node:test';
import { boardRows, podRows } from './top.ts';

const board = (name: string) => ({
  metadata: { name },
  status: { allocatable: { cpu: '3900m', memory: '1Gi' } },
});

test('boards: what they use, of what, how hot; those that told nothing come last', () => {
  const measured = {
    metadata: { name: 'pi-2', annotations: { 'bramble.dev/temperature-celsius': '48.312' } },
    usage: { cpu: '1950000000n', memory: '524288Ki' },
  };
  const unknown = Array<string>(5).fill('<unknown>');
  assert.deepEqual(boardRows([board('pi-1'), board('pi-2')], [measured]).slice(1), [
    ['pi-2', '1950m', '50%', '512Mi', '50%', '48.3 °C'],
    ['pi-1', ...unknown],
  ]);
});

test('a board whose object or temperature is not known', () => {
  const measured = { metadata: { name: 'new' }, usage: { cpu: '5m', memory: 'nonsense' } };
  assert.deepEqual(boardRows([], [measured])[1], [
    ...['new', '5m', '<unknown>', '0.0Mi', '<unknown>', '<unknown>'],
  ]);
});

test('pods: the sum of their containers, or each container, the busiest first', () => {
  const pod = {
    metadata: { name: 'web', namespace: 'shop' },
    containers: [
      { name: 'calm', usage: { cpu: '1500000n', memory: '1Mi' } },
      { name: 'busy', usage: { cpu: '200m', memory: '30Mi' } },
    ],
  };
  assert.deepEqual(podRows([pod], { allNamespaces: false, containers: false }), [
    ['NAME', 'CPU', 'MEMORY'],
    ['web', '202m', '31Mi'],
  ]);
  assert.deepEqual(podRows([pod], { allNamespaces: true, containers: true }), [
    ['NAMESPACE', 'NAME', 'CONTAINER', 'CPU', 'MEMORY'],
    ['shop', 'web', 'busy', '200m', '30Mi'],
    ['shop', 'web', 'calm', '2m', '1.0Mi'],
  ]);
});
