import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { PodTemplateSpec } from '@bramble/protocol/schema/types.generated.ts';
import type { Noter } from './notes.ts';
import type { PlannedWrite } from './queue/reconciler.ts';
import { podOfTemplate } from './template.ts';

/** Makes a pod of the owner's template; `change` gives it what the template does not say. */
export function podCreation(
  kind: Kind,
  owner: KubeObject,
  template: PodTemplateSpec | undefined,
  note: Noter,
  change: (pod: KubeObject) => KubeObject = (pod) => pod,
): PlannedWrite {
  return {
    write: { type: 'create', object: change(podOfTemplate(kind, owner, template)) },
    onDone: ({ metadata }) => note(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${metadata.name}`),
    onFailed: (message) => note(owner, 'Warning', 'FailedCreate', `Error creating: ${message}`),
  };
}

export function podDeletion(owner: KubeObject, pod: KubeObject, note: Noter): PlannedWrite {
  const { name } = pod.metadata;
  return {
    write: { type: 'delete', object: pod },
    onDone: () => note(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`),
    onFailed: (message) => note(owner, 'Warning', 'FailedDelete', `Error deleting: ${message}`),
  };
}
