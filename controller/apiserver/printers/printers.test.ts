import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindByPlural } from '@bramble/protocol/kinds.ts';
import { duration } from './age.ts';
import { printerOf } from './index.ts';
import { summarizePod } from './pod-status.ts';

const nowMs = Date.UTC(2026, 0, 2, 0, 0, 0);

function cells(group: string, plural: string, object: object) {
  const kind = kindByPlural(group, plural);
  assert.ok(kind);
  const whole = { apiVersion: 'v1', kind: kind.kind, metadata: { name: 'x' }, ...object };
  return printerOf(kind).cells(whole, nowMs);
}

function pod(status: object, spec: object = {}, metadata: object = {}) {
  const whole = { containers: [{ name: 'a' }, { name: 'b' }], ...spec };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ...metadata }, spec: whole, status };
}

const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };

test('durations as kubectl writes them', () => {
  const seconds = 1_000;
  const hours = 3_600_000;
  const cases: [number, string][] = [
    [-5 * seconds, '<invalid>'],
    [-1.5 * seconds, '0s'],
    [0, '0s'],
    [119 * seconds, '119s'],
    [120 * seconds, '2m'],
    [125 * seconds, '2m5s'],
    [10 * 60 * seconds + seconds, '10m'],
    [3 * hours, '3h'],
    [7 * hours + 60_000, '7h1m'],
    [47 * hours, '47h'],
    [48 * hours, '2d'],
    [50 * hours, '2d2h'],
    [8 * 24 * hours, '8d'],
    [729 * 24 * hours, '729d'],
    [731 * 24 * hours, '2y1d'],
    [9 * 365 * 24 * hours, '9y'],
  ];
  for (const [ms, text] of cases) assert.equal(duration(ms), text);
});

test('STATUS of pods', () => {
  const waiting = (reason: string) => ({ state: { waiting: { reason } } });
  const ended = (exitCode: number, more: object = {}) => ({ state: { terminated: { exitCode, ...more } } });
  const reasonOf = (status: object, spec?: object, metadata?: object) =>
    summarizePod(pod(status, spec, metadata)).reason;
  assert.equal(reasonOf({ phase: 'Pending' }), 'Pending');
  assert.equal(reasonOf({ phase: 'Failed', reason: 'Evicted' }), 'Evicted');
  assert.equal(
    reasonOf({ phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] }),
    'ImagePullBackOff',
  );
  assert.equal(
    reasonOf({ phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff')] }),
    'CrashLoopBackOff',
  );
  assert.equal(reasonOf({ containerStatuses: [ended(137, { reason: 'OOMKilled' })] }), 'OOMKilled');
  assert.equal(reasonOf({ containerStatuses: [ended(3)] }), 'ExitCode:3');
  assert.equal(reasonOf({ containerStatuses: [ended(0, { signal: 9 })] }), 'Signal:9');
  const half = [ended(0, { reason: 'Completed' }), { ready: true, state: running }];
  assert.equal(reasonOf({ phase: 'Running', containerStatuses: half }), 'NotReady');
  const conditions = [{ type: 'Ready', status: 'True' }];
  assert.equal(reasonOf({ phase: 'Running', conditions, containerStatuses: half }), 'Running');
  const deleting = { deletionTimestamp: '2026-01-01T00:00:00Z' };
  assert.equal(reasonOf({ phase: 'Running' }, {}, deleting), 'Terminating');
  assert.equal(reasonOf({ phase: 'Succeeded' }, {}, deleting), 'Succeeded');
  assert.equal(reasonOf({ phase: 'Running', reason: 'NodeLost' }, {}, deleting), 'Unknown');
});

test('STATUS of pods with init containers and sidecars', () => {
  const spec = { initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }] };
  const summary = (initContainerStatuses: object[], more: object = {}) =>
    summarizePod(pod({ phase: 'Pending', initContainerStatuses, ...more }, spec));
  assert.equal(summary([{ name: 'i', state: running }]).reason, 'Init:0/2');
  assert.equal(
    summary([{ name: 'i', state: { waiting: { reason: 'ErrImagePull' } } }]).reason,
    'Init:ErrImagePull',
  );
  assert.equal(summary([{ name: 'i', state: { terminated: { exitCode: 2 } } }]).reason, 'Init:ExitCode:2');
  const done = { name: 'i', restartCount: 5, state: { terminated: { exitCode: 0, reason: 'Completed' } } };
  const sidecar = { name: 's', restartCount: 1, ready: true, started: true, state: running };
  const main = [
    { name: 'a', restartCount: 2, ready: true, state: running },
    { name: 'b', restartCount: 0, ready: false, state: running },
  ];
  const all = summary([done, sidecar], { phase: 'Running', containerStatuses: main });
  assert.deepEqual([all.reason, all.ready, all.total, all.restarts], ['Running', 2, 3, 3]);
});

test('RESTARTS tells when the last one was', () => {
  const lastState = { terminated: { exitCode: 1, finishedAt: '2026-01-01T23:00:00Z' } };
  const status = {
    phase: 'Running',
    podIPs: [{ ip: '10.1.1.1' }],
    containerStatuses: [{ name: 'a', ready: true, restartCount: 3, state: running, lastState }],
  };
  const spec = { nodeName: 'pi-1', readinessGates: [{ conditionType: 'x' }] };
  const shown = cells('', 'pods', pod(status, spec, { creationTimestamp: '2026-01-01T00:00:00Z' }));
  assert.deepEqual(shown, ['p', '1/2', 'Running', '3 (60m ago)', '24h', '10.1.1.1', 'pi-1', '<none>', '0/1']);
});

test('nodes', () => {
  const node = {
    metadata: {
      name: 'pi-1',
      creationTimestamp: '2026-01-01T23:59:00Z',
      labels: { 'node-role.kubernetes.io/edge': '', 'kubernetes.io/role': 'b' },
    },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      nodeInfo: {
        kubeletVersion: 'v1',
        osImage: 'Debian',
        kernelVersion: '6.1',
        containerRuntimeVersion: 'podman://5',
      },
    },
  };
  assert.deepEqual(cells('', 'nodes', node), [
    'pi-1',
    'Ready,SchedulingDisabled',
    'b,edge',
    '60s',
    'v1',
    '10.0.0.1',
    '<none>',
    'Debian',
    '6.1',
    'podman://5',
  ]);
  assert.deepEqual(cells('', 'nodes', {}).slice(1, 3), ['Unknown', '<none>']);
});

test('events, services, and the kinds that are counted', () => {
  const event = {
    type: 'Warning',
    reason: 'BackOff',
    message: ' Back-off \n',
    involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{a}' },
    source: { component: 'agent', host: 'pi-1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T23:59:30Z',
    count: 4,
  };
  assert.deepEqual(cells('', 'events', event), [
    '30s',
    'Warning',
    'BackOff',
    'pod/p',
    'spec.containers{a}',
    'agent, pi-1',
    'Back-off',
    '24h',
    4,
    'x',
  ]);
  const ports = [
    { port: 80, nodePort: 30080 },
    { port: 53, protocol: 'UDP' },
  ];
  const service = {
    spec: { type: 'LoadBalancer', clusterIP: '10.96.0.1', ports, selector: { b: '2', a: '1' } },
  };
  const serviceCells = cells('', 'services', service);
  assert.deepEqual(serviceCells.slice(1, 5), [
    'LoadBalancer',
    '10.96.0.1',
    '<pending>',
    '80:30080/TCP,53/UDP',
  ]);
  assert.equal(serviceCells[6], 'a=1,b=2');
  assert.equal(cells('', 'configmaps', { data: { a: '' }, binaryData: { b: '' } })[1], 2);
  assert.deepEqual(cells('', 'secrets', { type: 'Opaque', data: { a: '' } }).slice(1, 3), ['Opaque', 1]);
  assert.equal(cells('', 'namespaces', { status: { phase: 'Active' } })[1], 'Active');
  assert.equal(cells('coordination.k8s.io', 'leases', { spec: { holderIdentity: 'pi-1' } })[1], 'pi-1');
});

test('workloads, as kubectl shows them', () => {
  const metadata = { name: 'web', creationTimestamp: '2026-01-01T23:59:00Z' };
  const containers = [
    { name: 'a', image: 'a:1' },
    { name: 'b', image: 'b:1' },
  ];
  const spec = {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { spec: { containers, nodeSelector: { disk: 'ssd' } } },
  };
  const wide = ['a,b', 'a:1,b:1', 'app=web'];
  const status = { replicas: 4, readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 };
  assert.deepEqual(cells('apps', 'deployments', { metadata, spec, status }), [
    'web',
    '2/3',
    1,
    2,
    '60s',
    ...wide,
  ]);
  assert.deepEqual(cells('apps', 'replicasets', { metadata, spec, status }), [
    'web',
    3,
    4,
    2,
    '60s',
    ...wide,
  ]);
  const boards = {
    desiredNumberScheduled: 5,
    currentNumberScheduled: 4,
    numberReady: 3,
    updatedNumberScheduled: 2,
    numberAvailable: 1,
  };
  assert.deepEqual(cells('apps', 'daemonsets', { metadata, spec, status: boards }), [
    'web',
    5,
    4,
    3,
    2,
    1,
    'disk=ssd',
    '60s',
    ...wide,
  ]);
  const began = { startTime: '2026-01-01T23:59:10Z', succeeded: 1 };
  const complete = {
    ...began,
    completionTime: '2026-01-01T23:59:15Z',
    conditions: [{ type: 'Complete', status: 'True' }],
  };
  const job = (more: object, jobStatus: object) =>
    cells('batch', 'jobs', { metadata, spec: { ...spec, ...more }, status: jobStatus }).slice(1, 4);
  assert.deepEqual(job({ completions: 2 }, began), ['Running', '1/2', '50s']);
  assert.deepEqual(job({ completions: 1 }, complete), ['Complete', '1/1', '5s']);
  assert.deepEqual(job({ parallelism: 3 }, {}), ['Running', '0/1 of 3', '']);
  const guard = { metadata, spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 1 } };
  assert.deepEqual(cells('policy', 'poddisruptionbudgets', guard), ['web', '50%', 'N/A', 1, '60s']);
});

test('endpoints: the first few, and how many more', () => {
  const metadata = { name: 'web' };
  const addresses = ['10.0.0.1', '10.0.0.2', 'fd00::3', '10.0.0.4'].map((ip) => ({ ip }));
  const subsets = [{ addresses, ports: [{ port: 80 }] }];
  assert.equal(
    cells('', 'endpoints', { metadata, subsets })[1],
    '10.0.0.1:80,10.0.0.2:80,[fd00::3]:80 + 1 more...',
  );
  const slice = {
    metadata,
    addressType: 'IPv4',
    ports: [{ port: 80 }],
    endpoints: [{ addresses: ['10.0.0.1'] }],
  };
  assert.deepEqual(cells('discovery.k8s.io', 'endpointslices', slice).slice(1, 4), [
    'IPv4',
    '80',
    '10.0.0.1',
  ]);
});

test('a pod on a board that is lost is in a state that nobody knows', () => {
  const lost = { type: 'Ready', status: 'False', reason: 'NodeNotReady' };
  const status = {
    phase: 'Running',
    conditions: [lost],
    containerStatuses: [{ name: 'a', ready: true, state: running }],
  };
  assert.equal(summarizePod(pod(status)).reason, 'Unknown');
  assert.equal(
    summarizePod(pod(status, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })).reason,
    'Terminating',
  );
});
