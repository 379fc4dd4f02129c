import type { KubeObject } from '@bramble/protocol/kube.ts';

/** Boards by model, as a fleet that grew over years has them; the share of each is `of` in a hundred. */
const models = [
  { name: 'Raspberry Pi Zero 2 W Rev 1.0', memory: '512Mi', of: 15 },
  { name: 'Raspberry Pi 3 Model B Plus Rev 1.3', memory: '1Gi', of: 25 },
  { name: 'Raspberry Pi 4 Model B Rev 1.4', memory: '4Gi', of: 35 },
  { name: 'Raspberry Pi 5 Model B Rev 1.0', memory: '8Gi', of: 25 },
] as const;

export const zones = 20;
const at = '2026-01-01T00:00:00Z';

/** Node objects of the size that a birth gives them. All but two in a hundred are Ready and not cordoned. */
export function boards(count: number): KubeObject[] {
  return Array.from({ length: count }, (_, index) => board(index));
}

function board(index: number): KubeObject {
  const share = spread(index, 1) * 100;
  const model = modelAt(share);
  const name = `board-${String(index).padStart(5, '0')}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: uidOf('b', index),
      creationTimestamp: at,
      labels: {
        'kubernetes.io/arch': 'arm64',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': name,
        'topology.kubernetes.io/zone': `zone-${index % zones}`,
        site: `site-${index % 100}`,
        disk: spread(index, 2) < 0.3 ? 'ssd' : 'card',
        ...(spread(index, 3) < 0.1 ? { camera: 'yes' } : {}),
      },
      annotations: { 'bramble.dev/model': model.name, 'bramble.dev/mqtt-keepalive-seconds': '30' },
    },
    spec: {
      podCIDR: `10.${64 + (index >> 8)}.${index & 255}.0/24`,
      podCIDRs: [`10.${64 + (index >> 8)}.${index & 255}.0/24`],
      taints: taintsOf(spread(index, 4)),
      ...(index % 100 === 99 ? { unschedulable: true } : {}),
    },
    status: {
      capacity: { cpu: '4', memory: model.memory, pods: '110' },
      allocatable: { cpu: '4', memory: model.memory, pods: '110' },
      conditions: conditions(index % 100 !== 98),
      addresses: [{ type: 'InternalIP', address: `192.168.${index >> 8}.${index & 255}` }],
      nodeInfo: { architecture: 'arm64', operatingSystem: 'linux', machineID: uidOf('m', index) },
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    },
  };
}

function modelAt(share: number): (typeof models)[number] {
  let upTo = 0;
  for (const model of models) {
    upTo += model.of;
    if (share < upTo) return model;
  }
  return models[models.length - 1] as (typeof models)[number];
}

function taintsOf(share: number): object[] {
  if (share < 0.05) return [{ key: 'dedicated', value: 'gateway', effect: 'NoSchedule' }];
  if (share < 0.08) return [{ key: 'flaky-power', value: 'yes', effect: 'PreferNoSchedule' }];
  return [];
}

function conditions(ready: boolean): object[] {
  const one = (type: string, status: string): object => ({
    type,
    status,
    reason: `${type}${status}`,
    message: 'as the board says',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  });
  return [
    one('Ready', ready ? 'True' : 'Unknown'),
    ...['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => one(type, 'False')),
  ];
}

/** Looks like chance, and is the same in each run; in [0, 1). */
export function spread(index: number, salt: number): number {
  const mixed = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b);
  return (Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32;
}

export function uidOf(kind: string, index: number): string {
  return `00000000-0000-4000-8000-${kind.charCodeAt(0).toString(16)}${index.toString(16).padStart(10, '0')}`;
}
