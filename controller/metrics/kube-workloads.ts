import type { KubeObject } from '@bramble/protocol/kube.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import type { Family } from './exposition.ts';
import { gauge, named } from './kube-samples.ts';

/** `[name of the family, help, part of the object, field]` */
type ReplicaField = readonly [name: string, help: string, part: 'spec' | 'status', field: string];

const deploymentFields: readonly ReplicaField[] = [
  ['kube_deployment_spec_replicas', 'Pods that are wanted.', 'spec', 'replicas'],
  ['kube_deployment_status_replicas', 'Pods that there are.', 'status', 'replicas'],
  ['kube_deployment_status_replicas_ready', 'Pods that are ready.', 'status', 'readyReplicas'],
  [
    'kube_deployment_status_replicas_available',
    'Pods that have been ready for long enough.',
    'status',
    'availableReplicas',
  ],
  ['kube_deployment_status_replicas_unavailable', 'Pods that are missing.', 'status', 'unavailableReplicas'],
  ['kube_deployment_status_replicas_updated', 'Pods of the newest template.', 'status', 'updatedReplicas'],
  [
    'kube_deployment_status_observed_generation',
    'The generation that was last looked at.',
    'status',
    'observedGeneration',
  ],
];
const replicaSetFields: readonly ReplicaField[] = [
  ['kube_replicaset_spec_replicas', 'Pods that are wanted.', 'spec', 'replicas'],
  ['kube_replicaset_status_replicas', 'Pods that there are.', 'status', 'replicas'],
  ['kube_replicaset_status_ready_replicas', 'Pods that are ready.', 'status', 'readyReplicas'],
];
const daemonSetFields: readonly ReplicaField[] = [
  [
    'kube_daemonset_status_desired_number_scheduled',
    'Boards that should run it.',
    'status',
    'desiredNumberScheduled',
  ],
  [
    'kube_daemonset_status_current_number_scheduled',
    'Boards that run it, and should.',
    'status',
    'currentNumberScheduled',
  ],
  ['kube_daemonset_status_number_ready', 'Boards on which it is ready.', 'status', 'numberReady'],
  [
    'kube_daemonset_status_number_available',
    'Boards on which it has been ready for long enough.',
    'status',
    'numberAvailable',
  ],
  [
    'kube_daemonset_status_number_misscheduled',
    'Boards that run it, and should not.',
    'status',
    'numberMisscheduled',
  ],
  [
    'kube_daemonset_status_updated_number_scheduled',
    'Boards with the newest template.',
    'status',
    'updatedNumberScheduled',
  ],
];
const jobFields: readonly ReplicaField[] = [
  ['kube_job_spec_completions', 'Pods that must succeed.', 'spec', 'completions'],
  ['kube_job_status_active', 'Pods at work.', 'status', 'active'],
  ['kube_job_status_succeeded', 'Pods that have succeeded.', 'status', 'succeeded'],
  ['kube_job_status_failed', 'Pods that have failed.', 'status', 'failed'],
];

function replicaFamilies(
  label: string,
  objects: readonly KubeObject[],
  fields: readonly ReplicaField[],
): Family[] {
  return fields.map(([name, help, part, field]) =>
    gauge(
      name,
      help,
      objects.map((object) => ({
        labels: named(object, label),
        value: Number(objectAt(object, part)[field] ?? 0),
      })),
    ),
  );
}

export function workloadFamilies(objects: (plural: string) => readonly KubeObject[]): Family[] {
  return [
    ...replicaFamilies('deployment', objects('deployments'), deploymentFields),
    ...replicaFamilies('replicaset', objects('replicasets'), replicaSetFields),
    ...replicaFamilies('daemonset', objects('daemonsets'), daemonSetFields),
    ...replicaFamilies('job_name', objects('jobs'), jobFields),
  ];
}
