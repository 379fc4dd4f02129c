import type { KubeObject } from '@bramble/protocol/kube.ts';
import { spread, uidOf, zones } from './fleet.ts';

const always = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/** What of a hundred pods asks for what. The rest asks for CPU and memory alone. */
export const mix = {
  'a zone or a kind of disk (node selector)': 15,
  'some of the zones (required node affinity)': 10,
  'a disk rather than a card (preferred node affinity)': 10,
  'dedicated boards (toleration and selector)': 5,
  'a host port': 5,
  'nothing at all': 10,
} as const;

/** Pods as the API server stores them, defaults spelled out. */
export function pods(count: number, first = 0): KubeObject[] {
  return Array.from({ length: count }, (_, index) => pod(first + index));
}

/** One that no board can take; so many of them differ in what they ask for. */
export function impossible(index: number, shapes: number): KubeObject {
  const nodeSelector = { 'topology.kubernetes.io/zone': `nowhere-${index % shapes}` };
  return made(1_000_000 + index, `impossible-${index}`, { nodeSelector }, {});
}

function pod(index: number): KubeObject {
  const name = `app-${index % 200}-${index.toString(36).padStart(6, '0')}`;
  const asked = [
    { cpu: '50m', memory: '32Mi' },
    { cpu: '100m', memory: '64Mi' },
    { cpu: '250m', memory: '128Mi' },
  ][index % 3];
  const share = spread(index, 5) * 100;
  if (share < 15) {
    const zone = { 'topology.kubernetes.io/zone': `zone-${index % zones}` };
    return made(index, name, { nodeSelector: index % 2 === 0 ? zone : { disk: 'ssd' } }, asked);
  }
  if (share < 25) return made(index, name, { affinity: someZones(index) }, asked);
  if (share < 35) return made(index, name, { affinity: ratherADisk }, asked);
  if (share < 40) return made(index, name, dedicated, asked);
  if (share < 45)
    return made(index, name, {}, asked, [{ containerPort: 80, hostPort: 20_000 + (index % 50) }]);
  return made(index, name, {}, share < 55 ? {} : asked);
}

function someZones(index: number): object {
  const values = [0, 1, 2].map((more) => `zone-${(index + more) % zones}`);
  const matchExpressions = [{ key: 'topology.kubernetes.io/zone', operator: 'In', values }];
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  };
}

const ratherADisk = {
  nodeAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 80, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
      { weight: 20, preference: { matchExpressions: [{ key: 'camera', operator: 'DoesNotExist' }] } },
    ],
  },
};

const dedicated = {
  nodeSelector: { disk: 'card' },
  tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'gateway', effect: 'NoSchedule' }, ...always],
};

function made(
  index: number,
  name: string,
  spec: object,
  requests: object | undefined,
  ports: object[] = [{ containerPort: 80, protocol: 'TCP' }],
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: uidOf('p', index),
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: `app-${index % 200}`, tier: 'edge' },
    },
    spec: {
      containers: [container(requests, ports)],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: always,
      enableServiceLinks: true,
      ...spec,
    },
    status: { phase: 'Pending', qosClass: 'Burstable' },
  };
}

function container(requests: object | undefined, ports: object[]): object {
  return {
    name: 'main',
    image: 'registry.example/team/sensor-reader:1.4.2',
    env: [
      { name: 'BROKER', value: 'mqtt://broker.default.svc:1883' },
      { name: 'LEVEL', value: 'info' },
    ],
    ports,
    resources: { requests: requests ?? {} },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  };
}
