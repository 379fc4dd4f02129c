import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { PodObject } from '../../workloads/objects.ts';
import { computeEndpoints } from './compute.ts';
import type { EndpointsObject, ServiceObject, SliceObject } from './objects.ts';

const created = { type: 'create' } as const;

function service(spec: object = {}): ServiceObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: 'uid-web', labels: { team: 'a' } },
    spec: {
      clusterIP: '10.43.0.7',
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
      ...spec,
    },
  };
}

interface PodOptions {
  readonly ready?: boolean;
  readonly port?: number;
  readonly phase?: string;
  readonly spec?: object;
  readonly metadata?: object;
}

function pod(
  number: number,
  { ready = true, port = 8080, phase = 'Running', spec, metadata }: PodOptions = {},
): PodObject {
  const name = `web-${String(number).padStart(3, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata },
    spec: {
      nodeName: 'pi-1',
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }],
      ...spec,
    },
    status: {
      phase,
      podIP: `10.42.${Math.floor(number / 250)}.${2 + (number % 250)}`,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

function looked(
  pods: readonly PodObject[],
  of: ServiceObject | undefined = service(),
  present: { slices?: readonly SliceObject[]; endpoints?: EndpointsObject } = {},
) {
  return computeEndpoints({ service: of, pods, slices: present.slices ?? [], endpoints: present.endpoints });
}

function written(writes: ReturnType<typeof computeEndpoints>) {
  const objects = writes.flatMap((write) =>
    write.type === 'create' || write.type === 'update' ? [write.object] : [],
  );
  const isSlice = (object: KubeObject): object is SliceObject => object.kind === 'EndpointSlice';
  const endpoints = objects.find(({ kind }) => kind === 'Endpoints') as EndpointsObject | undefined;
  return { slices: objects.filter(isSlice), endpoints };
}

test('ready pods are endpoints that take calls; others are told of; some are none', () => {
  const { slices, endpoints } = written(
    looked([
      pod(1),
      pod(2, { ready: false }),
      pod(3, { phase: 'Succeeded' }),
      pod(4, { spec: { nodeName: '' } }),
      pod(5, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    ]),
  );
  assert.deepEqual(
    slices[0]?.endpoints?.map(({ addresses, conditions }) => [addresses[0], conditions]),
    [
      ['10.42.0.3', { ready: true, serving: true, terminating: false }],
      ['10.42.0.4', { ready: false, serving: false, terminating: false }],
      ['10.42.0.7', { ready: false, serving: true, terminating: true }],
    ],
  );
  assert.deepEqual(slices[0]?.ports, [{ name: 'http', protocol: 'TCP', port: 8080 }]);
  assert.equal(slices[0]?.metadata.labels?.['kubernetes.io/service-name'], 'web');
  assert.equal(slices[0]?.metadata.labels?.['team'], 'a');
  assert.deepEqual(
    endpoints?.subsets?.[0]?.addresses?.map(({ ip }) => ip),
    ['10.42.0.3'],
  );
  assert.deepEqual(
    endpoints?.subsets?.[0]?.notReadyAddresses?.map(({ ip }) => ip),
    ['10.42.0.4'],
  );
});

test('what is right is not written again', () => {
  const pods = [pod(1), pod(2, { ready: false })];
  const { slices, endpoints } = written(looked(pods));
  const stored = slices.map((slice) => ({
    ...slice,
    metadata: { ...slice.metadata, uid: 'u', resourceVersion: '7' },
  }));
  assert.ok(endpoints);
  assert.deepEqual(looked([...pods].reverse(), service(), { slices: stored, endpoints }), []);
  const changed = looked([pod(1), pod(2)], service(), { slices: stored, endpoints });
  assert.deepEqual(
    changed.map(({ type }) => type),
    ['update', 'update'],
  );
  assert.equal(written(changed).slices[0]?.metadata.resourceVersion, '7', 'on condition of what was read');
});

test('a hundred endpoints a slice; pods that number a named port otherwise have slices of their own', () => {
  const many = Array.from({ length: 250 }, (_, index) => pod(index));
  assert.deepEqual(
    written(looked(many)).slices.map(({ endpoints }) => endpoints?.length),
    [100, 100, 50],
  );
  const { slices } = written(looked([pod(1), pod(2, { port: 9090 })]));
  assert.deepEqual(
    slices.map(({ ports }) => ports?.[0]?.port),
    [8080, 9090],
  );
  assert.notEqual(slices[0]?.metadata.name, slices[1]?.metadata.name);
});

test('no pods yet: one empty slice, which the first pod fills', () => {
  const plain = service({ ports: [{ port: 80, targetPort: 8080 }] });
  const [empty] = written(looked([], plain)).slices;
  assert.deepEqual(empty?.endpoints, []);
  const [filled] = written(looked([pod(1)], plain)).slices;
  assert.equal(filled?.metadata.name, empty?.metadata.name);
});

test('a headless Service knows pods by their own names; unready ones where it publishes them', () => {
  const headless = service({ clusterIP: 'None', publishNotReadyAddresses: true });
  const named = pod(1, { ready: false, spec: { hostname: 'first', subdomain: 'web' } });
  const [slice] = written(
    looked([named, pod(2, { spec: { hostname: 'other', subdomain: 'db' } })], headless),
  ).slices;
  assert.deepEqual(
    slice?.endpoints?.map(({ hostname, conditions }) => [hostname, conditions?.ready]),
    [
      ['first', true],
      [undefined, true],
    ],
  );
  assert.equal(slice?.metadata.labels?.['service.kubernetes.io/headless'], '');
});

test('without selector, Endpoints that somebody wrote become slices, unless they ask not to', () => {
  const manual: EndpointsObject = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'web', namespace: 'default' },
    subsets: [
      {
        addresses: [{ ip: '192.0.2.9' }],
        notReadyAddresses: [{ ip: '192.0.2.10' }],
        ports: [{ port: 5432 }],
      },
    ],
  };
  const free = service({ selector: {} });
  const [slice] = written(looked([], free, { endpoints: manual })).slices;
  assert.deepEqual(
    slice?.endpoints?.map(({ addresses, conditions }) => [addresses[0], conditions?.ready]),
    [
      ['192.0.2.9', true],
      ['192.0.2.10', false],
    ],
  );
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
  const silent = { ...manual, metadata: { ...manual.metadata, labels } };
  assert.deepEqual(looked([], free, { endpoints: silent }), []);
});

test('a Service that goes, or becomes a name outside, takes what was made for it along; others’ slices stay', () => {
  const { slices, endpoints } = written(looked([pod(1)]));
  const foreign: SliceObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'hand-made', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
  };
  assert.ok(endpoints);
  const present = { slices: [...slices, foreign], endpoints };
  for (const now of [undefined, service({ type: 'ExternalName', externalName: 'x.example' })]) {
    const facts = { service: now, pods: [], ...present };
    const writes = computeEndpoints(facts);
    assert.deepEqual(
      writes.map((write) => [write.type, 'object' in write && write.object.metadata.name]),
      [
        ['delete', slices[0]?.metadata.name],
        ['delete', 'web'],
      ],
    );
  }
  assert.equal(looked([pod(1)])[0]?.type, created.type);
});
