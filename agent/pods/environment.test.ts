import assert from 'node:assert/strict';
import test from 'node:test';
import type { Container, EnvVar, Pod } from '@bramble/protocol/schema/types.generated.ts';
import type { Data, DesiredPod, Resolution } from './desired.ts';
import { environmentOf } from './environment.ts';
import { expand } from './expand.ts';
import { boardFacts, podObject } from './testing/objects.ts';

const MiB = 1024 ** 2;

function desired(data: Record<string, Record<string, string>>, metadata = {}): DesiredPod {
  const entries = Object.entries(data).map(([key, values]): [string, Data] => [
    key,
    new Map(Object.entries(values).map(([name, text]) => [name, Buffer.from(text)])),
  ]);
  return {
    uid: 'uid-a',
    namespace: 'default',
    name: 'a',
    storeId: 's',
    digest: 'd',
    pod: podObject('a', { serviceAccountName: 'robot' }, metadata) as unknown as Pod,
    addresses: ['10.42.1.2'],
    receivedAtMs: 0,
    terminate: undefined,
    final: undefined,
    data: new Map(entries),
    board: boardFacts({
      node: 'pi-1',
      addresses: ['192.168.1.5'],
      allocatable: { cpuMilli: 3_800, memoryBytes: 100 * MiB, pods: 110 },
    }),
  };
}

function environment(
  container: Partial<Container>,
  pod: DesiredPod = desired({}),
): Resolution<Record<string, string>> {
  const found = environmentOf({ name: 'web', ...container }, pod);
  return found.ok ? { ok: true, value: Object.fromEntries(found.value) } : found;
}

function valuesOf(env: readonly EnvVar[], pod?: DesiredPod, more: Partial<Container> = {}): string[] {
  const found = environment({ ...more, env }, pod);
  assert.ok(found.ok, 'message' in found ? found.message : '');
  return Object.values(found.value);
}

const field = (fieldPath: string): EnvVar => ({ name: fieldPath, valueFrom: { fieldRef: { fieldPath } } });

test('$(NAME) stands for what was defined before; what is not stays, and $$ is one $', () => {
  const env = [
    { name: 'A', value: 'a' },
    { name: 'B', value: '$(A)-$(C)-$$(A)-$' },
    { name: 'C', value: 'c' },
  ];
  assert.deepEqual(valuesOf(env), ['a', 'a-$(C)-$(A)-$', 'c']);
  assert.equal(expand('x$()$(', new Map()), 'x$()$(');
});

test('fields of the pod', () => {
  const pod = desired({}, { labels: { app: 'web', b: '"q"' }, annotations: { note: 'n' } });
  const paths = [
    'metadata.name',
    'metadata.namespace',
    'metadata.uid',
    "metadata.labels['app']",
    "metadata.annotations['none']",
    'metadata.labels',
    'spec.nodeName',
    'spec.serviceAccountName',
    'status.hostIP',
    'status.podIP',
  ];
  assert.deepEqual(valuesOf(paths.map(field), pod), [
    'a',
    'default',
    'uid-a',
    'web',
    '',
    'app="web"\nb="\\"q\\""',
    'pi-1',
    'robot',
    '192.168.1.5',
    '10.42.1.2',
  ]);
});

test('resources in units of the divisor, rounded up; without a limit, the board’s', () => {
  const resource = (name: string, divisor?: string): EnvVar => ({
    name: `${name}${divisor}`,
    valueFrom: { resourceFieldRef: { resource: name, divisor } },
  });
  const limited = { resources: { limits: { cpu: '1500m', memory: '64Mi' }, requests: { cpu: '250m' } } };
  const asked = [
    resource('limits.cpu'),
    resource('limits.cpu', '1m'),
    resource('limits.memory', '1Mi'),
    resource('requests.cpu', '1m'),
  ];
  assert.deepEqual(valuesOf(asked, undefined, limited), ['2', '1500', '64', '250']);
  assert.deepEqual(valuesOf([resource('limits.cpu', '1m'), resource('limits.memory', '1Mi')]), [
    '3800',
    '100',
  ]);
});

test('envFrom comes first, with its prefix; env overrides it', () => {
  const pod = desired({ 'configmaps/cm': { A: '1', B: '2' }, 'secrets/s': { C: '3' } });
  const container: Partial<Container> = {
    envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }, { secretRef: { name: 's' } }],
    env: [{ name: 'P_A', value: 'own $(C)' }],
  };
  assert.deepEqual(environment(container, pod), { ok: true, value: { P_A: 'own 3', P_B: '2', C: '3' } });
});

test('what is missing is named in the kubelet’s words, unless it is optional', () => {
  const ref = (kind: 'configMapKeyRef' | 'secretKeyRef', optional: boolean): Partial<Container> => ({
    env: [{ name: 'X', valueFrom: { [kind]: { name: 'n', key: 'k', optional } } }],
  });
  const pod = desired({ 'secrets/n': {} });
  assert.deepEqual(environment(ref('configMapKeyRef', false), pod), {
    ok: false,
    message: 'configmap "n" not found',
  });
  assert.deepEqual(environment(ref('secretKeyRef', false), pod), {
    ok: false,
    message: "couldn't find key k in Secret default/n",
  });
  assert.deepEqual(environment(ref('configMapKeyRef', true), pod), { ok: true, value: {} });
  assert.deepEqual(environment(ref('secretKeyRef', true), pod), { ok: true, value: {} });
  assert.deepEqual(environment({ envFrom: [{ secretRef: { name: 'no' } }] }, pod), {
    ok: false,
    message: 'secret "no" not found',
  });
});
