import { randomUUID } from 'node:crypto';
import { type Fields, helloImage, shell } from '../../e2e/fixture/objects.ts';

export const namespace = 'soak';
const collections = `/api/v1/namespaces/${namespace}`;

export const paths = {
  pods: `${collections}/pods`,
  configMaps: `${collections}/configmaps`,
  secrets: `${collections}/secrets`,
  services: `${collections}/services`,
  deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
  jobs: `/apis/batch/v1/namespaces/${namespace}/jobs`,
} as const;

/** Small, quick to end, and it says something twice a second. */
const talks = `trap 'exit 0' TERM; while :; do echo "a line at $(date)"; sleep 0.5 & wait; done`;

export function podSpec(script: string, fields: Fields = {}): Fields {
  const resources = { requests: { cpu: '10m', memory: '8Mi' } };
  const containers = [shell('main', script, { resources })];
  return { terminationGracePeriodSeconds: 1, containers, ...fields };
}

export function pod(name: string, script = talks, fields: Fields = {}, labels: Fields = {}): Fields {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: podSpec(script, fields) };
}

/** What pods in the field do: serve, end, fail once, crash for ever, or not even start. */
export const lives: readonly ((name: string) => Fields)[] = [
  (name) => pod(name),
  (name) => pod(name, 'echo done', { restartPolicy: 'Never' }),
  (name) => pod(name, 'echo broken >&2; exit 3', { restartPolicy: 'Always' }),
  (name) => pod(name, 'sleep 2; exit 1', { restartPolicy: 'OnFailure' }),
  (name) => probed(name),
  (name) => pod(name, talks, { volumes: configured, nodeSelector: { 'kubernetes.io/hostname': 'pi-1' } }),
  (name) => pod(name, talks, { nodeSelector: { nobody: 'has-this' } }),
];

const configured = [
  { name: 'settings', configMap: { name: 'settings-1', optional: true } },
  { name: 'scratch', emptyDir: {} },
];

function probed(name: string): Fields {
  const probe = { exec: { command: ['true'] }, periodSeconds: 2 };
  const container = shell('main', talks, { livenessProbe: probe, readinessProbe: probe });
  return pod(name, talks, { containers: [container] });
}

export function deployment(name: string): Fields {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: podSpec(talks) };
  const spec = { replicas: 3, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}

export function job(name: string, fails: boolean): Fields {
  const template = { spec: podSpec(fails ? 'exit 1' : 'echo done', { restartPolicy: 'Never' }) };
  const spec = { template, completions: 2, parallelism: 2, backoffLimit: 1, ttlSecondsAfterFinished: 20 };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec };
}

export function service(name: string, app: string): Fields {
  const spec = { selector: { app }, ports: [{ port: 80, targetPort: 8080 }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

export function configMap(name: string, marker: string): Fields {
  const data = { marker, text: 'x'.repeat(500) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/**
 * An Event like those that boards tell of pods, part for part: in the course of the hour they take the place of these, and must
 * not weigh more. So many fill the quota before anything is judged.
 */
export function event(index: number): Fields {
  const at = new Date().toISOString();
  const pod = `filled-${index}`;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${pod}.${randomUUID().slice(0, 16)}` },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      name: pod,
      namespace: 'default',
      uid: randomUUID(),
      resourceVersion: `${100_000 + index}`,
      fieldPath: 'spec.containers{main}',
    },
    source: { component: `agent on pi-${index % 3}`, host: `pi-${index % 3}` },
    reportingComponent: `agent on pi-${index % 3}`,
    reportingInstance: `pi-${index % 3}`,
    type: 'Normal',
    reason: 'Pulled',
    message: `Container image "${helloImage}" of ${pod} is already present on machine`,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
}
