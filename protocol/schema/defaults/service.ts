import { type JsonObject, objectAt } from '../json.ts';
import { changeItems, withDefaults } from './set.ts';

const threeHours = 10_800;

/** `SetDefaults_Service`; addresses are given by whoever stores it. */
export function defaultService(service: JsonObject): JsonObject {
  const spec = withDefaults(objectAt(service, 'spec'), { type: 'ClusterIP', sessionAffinity: 'None' });
  const byType = withDefaults(spec, defaultsOfType(String(spec['type'])));
  const filled = changeItems(withAffinity(byType), 'ports', defaultPort);
  return {
    ...service,
    spec: filled,
    status: withDefaults(objectAt(service, 'status'), { loadBalancer: {} }),
  };
}

function defaultsOfType(type: string): JsonObject {
  if (type === 'ClusterIP') return { internalTrafficPolicy: 'Cluster' };
  if (type === 'NodePort') return { internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster' };
  if (type !== 'LoadBalancer') return {};
  return {
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    allocateLoadBalancerNodePorts: true,
  };
}

function withAffinity(spec: JsonObject): JsonObject {
  if (spec['sessionAffinity'] !== 'ClientIP') return spec;
  return withDefaults(spec, { sessionAffinityConfig: { clientIP: { timeoutSeconds: threeHours } } });
}

function defaultPort(port: JsonObject): JsonObject {
  const target = port['targetPort'];
  const unset = target === 0 || target === '';
  return withDefaults(unset ? { ...port, targetPort: port['port'] } : port, {
    protocol: 'TCP',
    targetPort: port['port'],
  });
}
