import assert from 'node:assert/strict';
import test from 'node:test';
import type { Container, PodSpec } from '../schema/types.generated.ts';
import { requestsOf } from './requests.ts';

function asks(cpu: string, memory = '0', more: Partial<Container> = {}): Container {
  return { name: 'c', image: 'i', resources: { requests: { cpu, memory } }, ...more };
}

const beside = { restartPolicy: 'Always' };

function cpuOf(spec: PodSpec): number {
  return requestsOf(spec).cpuMilli;
}

test('containers are added up, and overhead comes on top', () => {
  const containers = [asks('100m', '64Mi'), asks('0.2', '64Mi')];
  const overhead = { cpu: '50m', memory: '1Mi' };
  assert.deepEqual(requestsOf({ containers, overhead }), {
    cpuMilli: 350,
    memoryBytes: 129 * 2 ** 20,
    pods: 1,
  });
});

test('init containers run one at a time: the largest counts, if it asks for more than all others together', () => {
  assert.equal(cpuOf({ containers: [asks('1')], initContainers: [asks('2'), asks('3')] }), 3_000);
  assert.equal(cpuOf({ containers: [asks('4')], initContainers: [asks('2'), asks('3')] }), 4_000);
});

test('one that stays runs beside the containers, and beside the init containers after it', () => {
  const stays = asks('1', '0', beside);
  assert.equal(cpuOf({ containers: [asks('1')], initContainers: [stays] }), 2_000);
  assert.equal(cpuOf({ containers: [asks('1')], initContainers: [stays, asks('3')] }), 4_000);
  assert.equal(cpuOf({ containers: [asks('1')], initContainers: [asks('3'), stays] }), 3_000);
});

test('what is no quantity asks for nothing', () => {
  assert.equal(cpuOf({ containers: [asks('lots'), asks('-1'), asks('1')] }), 1_000);
});
