import type { KubeObject } from '@bramble/protocol/kube.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import type { Family } from './exposition.ts';
import { nodeFamilies } from './kube-nodes.ts';
import { podFamilies } from './kube-pods.ts';
import { created, gauge, named, text } from './kube-samples.ts';
import { workloadFamilies } from './kube-workloads.ts';

/** Objects of one kind, as the store has them. */
export type Objects = (plural: string) => readonly KubeObject[];

/**
 * Families by the names and labels of kube-state-metrics (its docs/metrics), so that dashboards and alerts made for
 * it find what they look for.
 */
export function kubeFamilies(objects: Objects): Family[] {
  return [
    ...podFamilies(objects('pods')),
    ...nodeFamilies(objects('nodes')),
    ...workloadFamilies(objects),
    gauge(
      'kube_namespace_created',
      'When it was made.',
      objects('namespaces').map((object) => created(object, 'namespace')),
    ),
    gauge(
      'kube_service_info',
      'A Service and its address.',
      objects('services').map((object) => ({
        labels: { ...named(object, 'service'), cluster_ip: text(objectAt(object, 'spec'), 'clusterIP') },
        value: 1,
      })),
    ),
  ];
}
