import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { PodSpec } from '@bramble/protocol/schema/types.generated.ts';
import type { BoardFacts } from '../desired.ts';

export function podObject(
  name: string,
  spec: Partial<PodSpec> = {},
  metadata: Record<string, unknown> = {},
): KubeObject {
  const containers = [{ name: 'web', image: 'localhost/web:1', imagePullPolicy: 'IfNotPresent' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, ...metadata },
    spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, containers, ...spec },
  };
}

export function configMap(name: string, data: Record<string, string>, revision = '1'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', uid: `uid-cm-${name}`, resourceVersion: revision },
    data,
  };
}

export function secret(name: string, data: Record<string, string>): KubeObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default', uid: `uid-secret-${name}`, resourceVersion: '1' },
    data: Object.fromEntries(encoded),
  };
}

/** A board with room for whatever a test asks. */
export function boardFacts(facts: Partial<BoardFacts> = {}): BoardFacts {
  return {
    node: 'n',
    addresses: [],
    runtime: 'podman',
    allocatable: { cpuMilli: 4_000, memoryBytes: 2 ** 32, pods: 110 },
    labels: { 'kubernetes.io/arch': 'arm64', 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': 'n' },
    bootId: 'first-boot',
    ...facts,
  };
}
