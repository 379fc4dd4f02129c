export type Resource = 'configmaps' | 'pods';

const namespaced = '/api/v1/namespaces';

export const collectionPath = (resource: Resource, namespace: string): string =>
  `${namespaced}/${namespace}/${resource}`;

/** What `kubectl get` asks for. */
export const tableAccept =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

/** Some 300 bytes, with the moment at which it was sent, by which whoever watches tells the delay. */
export function configMapText(name: string): string {
  const sent = (performance.timeOrigin + performance.now()).toFixed(2);
  const metadata = { name, labels: { app: 'bench' } };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { sent, text: 'x'.repeat(128) },
  });
}

const container = (number: number) => ({
  name: `main-${number}`,
  image: 'registry.example.org/team/service:1.2.3',
  args: ['--listen', ':8080', '--log', 'info'],
  env: [
    { name: 'MODE', value: 'production' },
    { name: 'REGION', value: 'north' },
  ],
  ports: [{ containerPort: 8_080 + number, name: `http-${number}` }],
  resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { memory: '64Mi' } },
});

/** As a user sends it, 1 KB. Gated, so that what the scheduler does with pods is not measured here. */
function podText(name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench', tier: 'front' } },
    spec: { schedulingGates: [{ name: 'bench' }], containers: [container(1), container(2)] },
  });
}

export function objectText(resource: Resource, name: string): string {
  return resource === 'pods' ? podText(name) : configMapText(name);
}
