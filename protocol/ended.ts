import type { KubeObject } from './kube.ts';
import type { PodStatus } from './schema/types.generated.ts';

/** The status of a pod that has ended for good, whoever asks; `undefined` for any other, and for what is no pod. */
export function endedStatus(plural: string, object: KubeObject): PodStatus | undefined {
  const status = plural === 'pods' ? (object['status'] as PodStatus | undefined) : undefined;
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' ? status : undefined;
}
