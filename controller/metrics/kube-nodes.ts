import type { KubeObject } from '@bramble/protocol/kube.ts';
import { isObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import type { Family, Sample } from './exposition.ts';
import { allConditions, created, gauge, quantitySample, text } from './kube-samples.ts';

export function nodeFamilies(nodes: readonly KubeObject[]): Family[] {
  const each = (samplesOf: (node: KubeObject, labels: Record<string, string>) => Sample[]): Sample[] =>
    nodes.flatMap((node) => samplesOf(node, { node: node.metadata.name }));
  const resources = (which: string): Sample[] =>
    each((node, labels) =>
      Object.entries(objectAt(objectAt(node, 'status'), which)).flatMap(([resource, quantity]) =>
        quantitySample(labels, resource, quantity),
      ),
    );
  return [
    gauge(
      'kube_node_info',
      'A board and its software.',
      each((node, labels) => [{ labels: { ...labels, ...nodeInfo(node) }, value: 1 }]),
    ),
    gauge(
      'kube_node_created',
      'When it joined.',
      nodes.map((node) => created(node, 'node')),
    ),
    gauge(
      'kube_node_spec_unschedulable',
      'Whether new pods are kept away.',
      each((node, labels) => [{ labels, value: Number(objectAt(node, 'spec')['unschedulable'] === true) }]),
    ),
    gauge(
      'kube_node_spec_taint',
      'What pods must tolerate to come here.',
      each((node, labels) =>
        listAt(objectAt(node, 'spec'), 'taints')
          .filter(isObject)
          .map((taint) => ({
            labels: {
              ...labels,
              key: text(taint, 'key'),
              value: text(taint, 'value'),
              effect: text(taint, 'effect'),
            },
            value: 1,
          })),
      ),
    ),
    gauge(
      'kube_node_status_condition',
      'The conditions of a board.',
      each((node, labels) => allConditions(node, labels)),
    ),
    gauge('kube_node_status_capacity', 'What a board has.', resources('capacity')),
    gauge('kube_node_status_allocatable', 'What of it pods may have.', resources('allocatable')),
  ];
}

function nodeInfo(node: KubeObject): Record<string, string> {
  const info = objectAt(objectAt(node, 'status'), 'nodeInfo');
  const addresses = listAt(objectAt(node, 'status'), 'addresses').filter(isObject);
  return {
    kernel_version: text(info, 'kernelVersion'),
    os_image: text(info, 'osImage'),
    container_runtime_version: text(info, 'containerRuntimeVersion'),
    kubelet_version: text(info, 'kubeletVersion'),
    internal_ip: text(addresses.find(({ type }) => type === 'InternalIP') ?? {}, 'address'),
  };
}
