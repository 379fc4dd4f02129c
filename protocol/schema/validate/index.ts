import type { Kind } from '../../kinds.ts';
import { type Cause, Causes } from '../causes.ts';
import { type JsonObject, objectAt } from '../json.ts';
import { checkStructure } from '../structure.ts';
import type { ObjectMeta } from '../types.generated.ts';
import { validateConfigMap, validateSecret } from './data.ts';
import { validateEndpointSlice } from './endpoints.ts';
import { validateJob } from './job.ts';
import { validateMetadata } from './metadata.ts';
import { validateEvent, validateLease, validateNamespace, validateNode } from './others.ts';
import { validatePod } from './pod.ts';
import { validateService } from './service.ts';
import { validateBudget, validateDaemonSet, validateDeployment, validateReplicaSet } from './workloads.ts';

type Validator = (causes: Causes, object: JsonObject) => void;

function ruled<Type>(validate: (causes: Causes, object: Type) => void): Validator {
  return (causes, object) => validate(causes, object as Type);
}

/** A kind's own rules. They rely on a sound structure, which is what makes their parameter's type true. */
const validators: ReadonlyMap<string, Validator> = new Map<string, Validator>([
  ['core.v1.Pod', ruled(validatePod)],
  ['core.v1.Node', ruled(validateNode)],
  ['core.v1.Namespace', ruled(validateNamespace)],
  ['core.v1.Event', ruled(validateEvent)],
  ['core.v1.ConfigMap', ruled(validateConfigMap)],
  ['core.v1.Secret', ruled(validateSecret)],
  ['core.v1.Service', ruled(validateService)],
  ['coordination.v1.Lease', ruled(validateLease)],
  ['discovery.v1.EndpointSlice', ruled(validateEndpointSlice)],
  ['apps.v1.Deployment', ruled(validateDeployment)],
  ['apps.v1.ReplicaSet', ruled(validateReplicaSet)],
  ['apps.v1.DaemonSet', ruled(validateDaemonSet)],
  ['batch.v1.Job', ruled(validateJob)],
  ['policy.v1.PodDisruptionBudget', ruled(validateBudget)],
]);

/**
 * Everything that is wrong with the object, worded as Kubernetes words it; empty when it may be stored. Expects
 * defaults to be applied, and the namespace to be set. A broken structure is reported alone. Never throws.
 */
export function validateObject(kind: Kind, object: unknown): Cause[] {
  const { causes: broken } = checkStructure(kind, object);
  if (broken.length > 0) return [...broken];
  const whole = object as JsonObject;
  const causes = new Causes();
  validateMetadata(causes, kind, objectAt(whole, 'metadata') as ObjectMeta);
  validators.get(kind.message)?.(causes, whole);
  return causes.list;
}
