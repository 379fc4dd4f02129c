import type { Kind } from '../../kinds.ts';
import { isObject, type JsonObject } from '../json.ts';
import { defaultNamespace, defaultNode, defaultSecret } from './others.ts';
import { defaultPod } from './pod.ts';
import { defaultService } from './service.ts';
import {
  defaultDaemonSet,
  defaultDeployment,
  defaultEndpointSlice,
  defaultEndpoints,
  defaultJob,
  defaultReplicaSet,
} from './workloads.ts';

const defaulters: ReadonlyMap<string, (object: JsonObject) => JsonObject> = new Map([
  ['core.v1.Pod', defaultPod],
  ['core.v1.Namespace', defaultNamespace],
  ['core.v1.Node', defaultNode],
  ['core.v1.Secret', defaultSecret],
  ['core.v1.Service', defaultService],
  ['core.v1.Endpoints', defaultEndpoints],
  ['discovery.v1.EndpointSlice', defaultEndpointSlice],
  ['apps.v1.Deployment', defaultDeployment],
  ['apps.v1.ReplicaSet', defaultReplicaSet],
  ['apps.v1.DaemonSet', defaultDaemonSet],
  ['batch.v1.Job', defaultJob],
]);

/**
 * Kubernetes' defaults for the kind, in a new object; the input is left as it is. Expects what `prune` returns.
 * Defaults are set once, when an object is created, so that a later version's defaults change nothing that runs.
 */
export function applyDefaults(kind: Kind, object: unknown): JsonObject {
  const whole = isObject(object) ? object : {};
  return defaulters.get(kind.message)?.(whole) ?? whole;
}
