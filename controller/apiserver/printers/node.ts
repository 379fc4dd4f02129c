import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import { age } from './age.ts';
import {
  ageColumn,
  column,
  conditionOf,
  nameColumn,
  type Printer,
  specOf,
  statusOf,
  textOf,
} from './printer.ts';

const rolePrefix = 'node-role.kubernetes.io/';
const wide = { priority: 1 };

export const nodePrinter: Printer = {
  columns: [
    nameColumn,
    column('Status', 'The status of the node.'),
    column('Roles', 'The roles of the node, from its labels.'),
    ageColumn,
    column('Version', 'The version of the agent on the node.'),
    column('Internal-IP', 'The address inside the cluster.', wide),
    column('External-IP', 'The address outside.', wide),
    column('OS-Image', 'The operating system.', wide),
    column('Kernel-Version', 'The kernel.', wide),
    column('Container-Runtime', 'What runs the containers.', wide),
  ],
  cells: (node, nowMs) => {
    const info = objectAt(statusOf(node), 'nodeInfo');
    return [
      node.metadata.name,
      readiness(node),
      roles(node),
      age(node.metadata.creationTimestamp, nowMs),
      textOf(info['kubeletVersion']),
      address(node, 'InternalIP'),
      address(node, 'ExternalIP'),
      textOf(info['osImage'], '<unknown>'),
      textOf(info['kernelVersion'], '<unknown>'),
      textOf(info['containerRuntimeVersion'], '<unknown>'),
    ];
  },
};

function readiness(node: KubeObject): string {
  const ready = conditionOf(node, 'Ready');
  const status = ready ? (ready['status'] === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return specOf(node)['unschedulable'] === true ? `${status},SchedulingDisabled` : status;
}

function roles(node: KubeObject): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix)) found.add(key.slice(rolePrefix.length));
    if (key === 'kubernetes.io/role') found.add(value);
  }
  found.delete('');
  return textOf([...found].sort().join(','), '<none>');
}

function address(node: KubeObject, type: string): string {
  const addresses = listAt(statusOf(node), 'addresses') as readonly JsonObject[];
  return textOf(addresses.find((one) => one['type'] === type)?.['address'], '<none>');
}
