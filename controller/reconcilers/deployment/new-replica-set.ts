import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { DeploymentObject } from '../../workloads/objects.ts';
import { controllerReference } from '../../workloads/owners.ts';
import { templateHash, templateHashLabel } from '../template.ts';
import { desiredAnnotation, maxAnnotation, newestAnnotations } from './annotations.ts';
import type { Bounds } from './bounds.ts';

/** The name of the ReplicaSet for the Deployment's template as it stands. */
export function newReplicaSetName({ metadata, spec, status }: DeploymentObject): string {
  return `${metadata.name}-${templateHash(spec.template, status?.collisionCount ?? 0)}`;
}

/** The ReplicaSet for the template as it stands: its pods, and no others, carry the template's hash. */
export function newReplicaSet(
  kind: Kind,
  deployment: DeploymentObject,
  replicas: number,
  revision: number,
  bounds: Bounds,
): KubeObject {
  const { metadata, spec, status } = deployment;
  const hash = { [templateHashLabel]: templateHash(spec.template, status?.collisionCount ?? 0) };
  const labels = { ...spec.template.metadata?.labels, ...hash };
  const object = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: newReplicaSetName(deployment),
      namespace: metadata.namespace,
      labels,
      annotations: {
        ...newestAnnotations(deployment, undefined, revision),
        [desiredAnnotation]: String(bounds.replicas),
        [maxAnnotation]: String(bounds.most),
      },
      ownerReferences: [controllerReference(kind, deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds && { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, ...hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
  return object as unknown as KubeObject;
}
