/**
 * The messages that the table starts from, and all that they refer to comes along.
 * Another kind is one more line here, and its entry in `protocol/kinds.ts`.
 */
export const roots: readonly string[] = [
  'core.v1.Pod',
  'core.v1.Node',
  'core.v1.Namespace',
  'core.v1.Event',
  'core.v1.ConfigMap',
  'core.v1.Secret',
  'core.v1.Service',
  'core.v1.ServiceAccount',
  'core.v1.Binding',
  'core.v1.Endpoints',
  'coordination.v1.Lease',
  'discovery.v1.EndpointSlice',
  'apps.v1.Deployment',
  'apps.v1.ReplicaSet',
  'apps.v1.DaemonSet',
  'batch.v1.Job',
  'autoscaling.v1.Scale',
  'policy.v1.Eviction',
  'policy.v1.PodDisruptionBudget',
  'authorization.v1.SelfSubjectAccessReview',
  'authentication.v1.SelfSubjectReview',
  'meta.v1.Status',
  'meta.v1.ListMeta',
  'meta.v1.DeleteOptions',
];

const metaPackage = { openapi: 'io.k8s.apimachinery.pkg.apis.', protobuf: 'k8s.io.apimachinery.pkg.apis.' };
const apiPackage = { openapi: 'io.k8s.api.', protobuf: 'k8s.io.api.' };

/** `core.v1.Pod` as the OpenAPI document calls it. */
export function openapiName(message: string): string {
  return (message.startsWith('meta.') ? metaPackage : apiPackage).openapi + message;
}

/** `core.v1.Pod` as the protobuf packages call it. */
export function protobufName(message: string): string {
  return (message.startsWith('meta.') ? metaPackage : apiPackage).protobuf + message;
}

/** The reverse of both. */
export function shortName(name: string): string {
  for (const { openapi, protobuf } of [metaPackage, apiPackage]) {
    if (name.startsWith(openapi)) return name.slice(openapi.length);
    if (name.startsWith(protobuf)) return name.slice(protobuf.length);
  }
  return name;
}
