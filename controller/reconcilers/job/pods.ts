import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { ContainerStatus, EnvVar, PodSpec } from '@bramble/protocol/schema/types.generated.ts';
import type { JobObject, PodObject } from '../../workloads/objects.ts';
import { isDeleting } from '../../workloads/pod-facts.ts';

/** Holds a pod of a job until the job has counted it: so none is lost from the count, whoever deletes it. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
export const indexAnnotation = 'batch.kubernetes.io/job-completion-index';
const indexVariable = 'JOB_COMPLETION_INDEX';

export function isTracked({ metadata }: KubeObject): boolean {
  return (metadata.finalizers ?? []).includes(trackingFinalizer);
}

/** The pod, free to go. */
export function untracked<Type extends KubeObject>(pod: Type): Type {
  const finalizers = (pod.metadata.finalizers ?? []).filter((one) => one !== trackingFinalizer);
  const { finalizers: _, ...metadata } = pod.metadata;
  return { ...pod, metadata: finalizers.length > 0 ? { ...metadata, finalizers } : metadata };
}

export function tracked(pod: KubeObject): KubeObject {
  const finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
  return { ...pod, metadata: { ...pod.metadata, finalizers } };
}

export function hasSucceeded({ status }: PodObject): boolean {
  return status?.phase === 'Succeeded';
}

/** A pod that is deleted before it succeeded has failed: it may never get to say so. */
export function hasFailed(pod: PodObject): boolean {
  return pod.status?.phase === 'Failed' || (isDeleting(pod) && !hasSucceeded(pod));
}

export function indexOf({ metadata }: KubeObject): number | undefined {
  const text = metadata.annotations?.[indexAnnotation] ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A pod of an indexed job knows its index by annotation, label, host name and environment. */
export function withIndex(pod: KubeObject, job: JobObject, index: number): KubeObject {
  const { metadata } = pod;
  const text = String(index);
  const spec = pod['spec'] as PodSpec;
  const variable: EnvVar = {
    name: indexVariable,
    valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${indexAnnotation}']` } },
  };
  const knowing = <Container extends { readonly env?: readonly EnvVar[] | undefined }>(one: Container) =>
    one.env?.some(({ name }) => name === indexVariable)
      ? one
      : { ...one, env: [...(one.env ?? []), variable] };
  return {
    ...pod,
    metadata: {
      ...metadata,
      generateName: `${job.metadata.name}-${text}-`,
      annotations: { ...metadata.annotations, [indexAnnotation]: text },
      labels: { ...metadata.labels, [indexAnnotation]: text },
    },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${text}`,
      containers: spec.containers.map(knowing),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(knowing) }),
    },
  };
}

/** When its last container ended; milliseconds since the epoch, `undefined` where nobody says. */
export function finishedMs({ status }: PodObject): number | undefined {
  const ends = (status?.containerStatuses ?? []).map(({ state }: ContainerStatus) =>
    Date.parse(state?.terminated?.finishedAt ?? ''),
  );
  const known = ends.filter((end) => !Number.isNaN(end));
  return known.length > 0 ? Math.max(...known) : undefined;
}
