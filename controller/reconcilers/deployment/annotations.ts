import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { DeploymentObject, ReplicaSetObject } from '../../workloads/objects.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const historyAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

/** What a ReplicaSet says of itself, or kubectl of the Deployment alone. */
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
]);

type Annotations = Readonly<Record<string, string>>;

/** Which version of the Deployment's template it is; 0 where it does not say. */
export function revisionOf({ metadata }: KubeObject): number {
  const number = Number(metadata.annotations?.[revisionAnnotation] ?? 0);
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}

/** The count in an annotation; `undefined` where there is none. */
export function countIn({ metadata }: KubeObject, annotation: string): number | undefined {
  const text = metadata.annotations?.[annotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** What the newest ReplicaSet carries: the Deployment's own annotations, and its revision with the ones it had before. */
export function newestAnnotations(
  { metadata }: DeploymentObject,
  current: Annotations | undefined,
  revision: number,
): Annotations {
  const copied = Object.entries(metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key));
  const before = Number(current?.[revisionAnnotation] ?? 0);
  const history = current?.[historyAnnotation];
  const renewed = before > 0 && before < revision;
  return {
    ...current,
    ...Object.fromEntries(copied),
    ...(before < revision && { [revisionAnnotation]: String(revision) }),
    ...(renewed && { [historyAnnotation]: history ? `${history},${before}` : String(before) }),
  };
}

/** A ReplicaSet of this size, and what it must know to grow and shrink in proportion. */
export function scaledTo(
  replicaSet: ReplicaSetObject,
  replicas: number,
  desired: number,
  most: number,
): ReplicaSetObject {
  const annotations = {
    ...replicaSet.metadata.annotations,
    [desiredAnnotation]: String(desired),
    [maxAnnotation]: String(most),
  };
  return {
    ...replicaSet,
    metadata: { ...replicaSet.metadata, annotations },
    spec: { ...replicaSet.spec, replicas },
  };
}
