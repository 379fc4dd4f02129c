import type { KubeObject } from '@bramble/protocol/kube.ts';
import { isObject, type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import type { Family, Sample } from './exposition.ts';
import {
  conditionSamples,
  gauge,
  type Labels,
  named,
  quantitySample,
  secondsAt,
  text,
} from './kube-samples.ts';

const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];

export function podFamilies(pods: readonly KubeObject[]): Family[] {
  const each = (samplesOf: (pod: KubeObject, labels: Record<string, string>) => Sample[]): Sample[] =>
    pods.flatMap((pod) => samplesOf(pod, { ...named(pod, 'pod'), uid: pod.metadata.uid ?? '' }));
  return [
    gauge(
      'kube_pod_info',
      'A pod, its board and addresses.',
      each((pod, labels) => [{ labels: { ...labels, ...podInfo(pod) }, value: 1 }]),
    ),
    gauge(
      'kube_pod_created',
      'When it was made.',
      each((pod, labels) => [{ labels, value: secondsAt(pod.metadata.creationTimestamp) }]),
    ),
    gauge(
      'kube_pod_status_phase',
      'The phase of a pod.',
      each((pod, labels) =>
        phases.map((phase) => ({
          labels: { ...labels, phase },
          value: Number(text(objectAt(pod, 'status'), 'phase') === phase),
        })),
      ),
    ),
    gauge(
      'kube_pod_status_ready',
      'Whether a pod is ready to serve.',
      each((pod, labels) => conditionSamples(pod, labels, 'Ready')),
    ),
    gauge(
      'kube_pod_container_status_ready',
      'Whether a container is ready.',
      each((pod, labels) => containerSamples(pod, labels, (status) => Number(status['ready'] === true))),
    ),
    gauge(
      'kube_pod_container_status_running',
      'Whether a container runs.',
      each((pod, labels) =>
        containerSamples(pod, labels, (status) => Number(objectAt(status, 'state')['running'] !== undefined)),
      ),
    ),
    {
      ...gauge(
        'kube_pod_container_status_restarts_total',
        'How often a container was started again.',
        each((pod, labels) => containerSamples(pod, labels, (status) => Number(status['restartCount'] ?? 0))),
      ),
      type: 'counter',
    },
    gauge(
      'kube_pod_container_status_waiting_reason',
      'Why a container does not run yet.',
      each((pod, labels) => reasonSamples(pod, labels, 'state', 'waiting')),
    ),
    gauge(
      'kube_pod_container_status_last_terminated_reason',
      'Why a container ended the last time.',
      each((pod, labels) => reasonSamples(pod, labels, 'lastState', 'terminated')),
    ),
    gauge(
      'kube_pod_container_resource_requests',
      'What a container asks for.',
      each((pod, labels) => resourceSamples(pod, labels, 'requests')),
    ),
    gauge(
      'kube_pod_container_resource_limits',
      'What a container may take at most.',
      each((pod, labels) => resourceSamples(pod, labels, 'limits')),
    ),
  ];
}

function podInfo(pod: KubeObject): Record<string, string> {
  const [spec, status] = [objectAt(pod, 'spec'), objectAt(pod, 'status')];
  const [owner] = pod.metadata.ownerReferences ?? [];
  return {
    host_ip: text(status, 'hostIP'),
    pod_ip: text(status, 'podIP'),
    node: text(spec, 'nodeName'),
    created_by_kind: owner ? text(owner, 'kind') : '',
    created_by_name: owner ? text(owner, 'name') : '',
    priority_class: text(spec, 'priorityClassName'),
    host_network: String(spec['hostNetwork'] === true),
  };
}

function containerSamples(pod: KubeObject, labels: Labels, value: (status: JsonObject) => number): Sample[] {
  return listAt(objectAt(pod, 'status'), 'containerStatuses')
    .filter(isObject)
    .map((status) => ({ labels: { ...labels, container: text(status, 'name') }, value: value(status) }));
}

function reasonSamples(pod: KubeObject, labels: Labels, which: string, state: string): Sample[] {
  return containerSamples(pod, labels, () => 1).flatMap((sample, at) => {
    const status = listAt(objectAt(pod, 'status'), 'containerStatuses').filter(isObject)[at] ?? {};
    const reason = text(objectAt(objectAt(status, which), state), 'reason');
    return reason === '' ? [] : [{ ...sample, labels: { ...sample.labels, reason } }];
  });
}

function resourceSamples(pod: KubeObject, labels: Labels, which: 'requests' | 'limits'): Sample[] {
  const spec = objectAt(pod, 'spec');
  return listAt(spec, 'containers')
    .filter(isObject)
    .flatMap((container) =>
      Object.entries(objectAt(objectAt(container, 'resources'), which)).flatMap(([resource, quantity]) => {
        const named = { ...labels, container: text(container, 'name'), node: text(spec, 'nodeName') };
        return quantitySample(named, resource, quantity);
      }),
    );
}
