import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { PodSpec } from '@bramble/protocol/schema/types.generated.ts';

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
