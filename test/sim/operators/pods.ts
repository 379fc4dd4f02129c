import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type Behaviour, imageOf } from '../board/images.ts';
import type { Dice } from '../dice.ts';

export const namespace = 'default';
export const configNames = ['settings', 'theme'] as const;
export const secretName = 'password';

const behaviours: readonly (readonly [Behaviour, number])[] = [
  ['serves', 10],
  ['stubborn', 2],
  ['crashes', 2],
  ['finishes', 3],
  ['missing', 1],
  ['broken', 1],
];

/** A pod as an operator might ask for it. */
export function randomPod(name: string, dice: Dice): KubeObject {
  const mains = dice.chance(0.2) ? 2 : 1;
  const containers = Array.from({ length: mains }, (_, index) => container(`c${index}`, dice));
  const hostPort = dice.chance(0.1) ? [{ containerPort: 80, hostPort: 8_000 + dice.below(2) }] : [];
  const [first, ...others] = containers;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: 'all' } },
    spec: {
      restartPolicy: dice.pick(['Always', 'Always', 'OnFailure', 'Never']),
      terminationGracePeriodSeconds: dice.pick([0, 1, 5, 30]),
      ...(dice.chance(0.15) ? { initContainers: [initContainer] } : {}),
      ...(dice.chance(0.15) ? { tolerations: tolerations(dice.pick([0, 5, 30])) } : {}),
      ...(dice.chance(0.15) ? { nodeSelector: { zone: dice.pick(['even', 'odd']) } } : {}),
      containers: [{ ...first, ports: hostPort }, ...others],
      volumes,
    },
  };
}

/** How long a pod bears a board that is lost; five minutes where nothing is said. */
export function tolerations(tolerationSeconds: number): Record<string, unknown>[] {
  return ['unreachable', 'not-ready'].map((state) => ({
    key: `node.kubernetes.io/${state}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds,
  }));
}

const initContainer = { name: 'prepare', image: imageOf('finishes') };

/** Every pod names all of these; only some of them are there at the beginning. */
const volumes = [
  { name: 'scratch', emptyDir: {} },
  { name: 'settings', configMap: { name: 'settings' } },
  { name: 'theme', configMap: { name: 'theme', optional: true } },
  { name: 'password', secret: { secretName: 'password' } },
];

const check = { exec: { command: ['check'] }, periodSeconds: 5 };

/** Some containers have probes and hooks: what these say must outlive the agent, and restart nothing by itself. */
const asked = {
  startupProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
  readinessProbe: { httpGet: { port: 80, path: '/' }, periodSeconds: 5 },
  livenessProbe: check,
  lifecycle: { postStart: { exec: { command: ['greet'] } }, preStop: { exec: { command: ['drain'] } } },
};

function container(name: string, dice: Dice): Record<string, unknown> {
  const image = imageOf(dice.weighted(behaviours));
  const cpu = dice.pick([undefined, '100m', '300m', '900m', '1']);
  const memory = dice.pick([undefined, '64Mi', '300Mi', '1Gi']);
  const requests = { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) };
  const volumeMounts = volumes.map((volume) => ({ name: volume.name, mountPath: `/mnt/${volume.name}` }));
  return { name, image, resources: { requests }, volumeMounts, ...(cpu === '100m' ? asked : {}) };
}

/** Every pod stands behind it. */
export const serviceOfAll: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'all', namespace, uid: '44444444-4444-4444-8444-444444444444' },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.43.0.77',
    selector: { app: 'all' },
    ports: [{ port: 80, targetPort: 80 }],
  },
};

export function configMap(name: string, version: number): KubeObject {
  const data = { version: String(version) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

export function secret(name: string, version: number): KubeObject {
  const data = { version: Buffer.from(String(version)).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data };
}
