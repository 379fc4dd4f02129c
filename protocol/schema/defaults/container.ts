import type { JsonObject } from '../json.ts';
import { requestsFromLimits } from './resources.ts';
import { changeItems, changePart, withDefaults } from './set.ts';

/** `SetDefaults_Container`, and what Kubernetes fills in within a container. */
export function defaultContainer(container: JsonObject, hostNetwork: boolean): JsonObject {
  let filled = withDefaults(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicyOf(container['image']),
    resources: {},
  });
  filled = changePart(filled, 'resources', requestsFromLimits);
  filled = changeItems(filled, 'ports', (port) => defaultPort(port, hostNetwork));
  filled = changeItems(filled, 'env', (variable) => changePart(variable, 'valueFrom', defaultSource));
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    filled = changePart(filled, probe, defaultProbe);
  }
  return changePart(filled, 'lifecycle', defaultLifecycle);
}

function defaultPort(port: JsonObject, hostNetwork: boolean): JsonObject {
  const filled = withDefaults(port, { protocol: 'TCP' });
  return hostNetwork ? withDefaults(filled, { hostPort: port['containerPort'] }) : filled;
}

function defaultSource(source: JsonObject): JsonObject {
  return changePart(source, 'fieldRef', (reference) => withDefaults(reference, { apiVersion: 'v1' }));
}

function defaultProbe(probe: JsonObject): JsonObject {
  const filled = withDefaults(probe, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  return defaultHandler(filled);
}

function defaultLifecycle(lifecycle: JsonObject): JsonObject {
  return changePart(changePart(lifecycle, 'postStart', defaultHandler), 'preStop', defaultHandler);
}

function defaultHandler(handler: JsonObject): JsonObject {
  const filled = changePart(handler, 'httpGet', (get) => withDefaults(get, { path: '/', scheme: 'HTTP' }));
  return changePart(filled, 'grpc', (grpc) => withDefaults(grpc, { service: '' }));
}

/** An image without a tag, or with `latest`, may change under its name and is pulled anew. */
export function pullPolicyOf(image: unknown): 'Always' | 'IfNotPresent' {
  if (typeof image !== 'string' || image.includes('@')) return 'IfNotPresent';
  const lastPart = image.slice(image.lastIndexOf('/') + 1);
  const [, tag = 'latest'] = lastPart.split(':');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}
