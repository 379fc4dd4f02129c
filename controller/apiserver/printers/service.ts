import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import { age } from './age.ts';
import { ageColumn, column, nameColumn, type Printer, specOf, statusOf, textOf } from './printer.ts';

export const servicePrinter: Printer = {
  columns: [
    nameColumn,
    column('Type', 'How the service is exposed.'),
    column('Cluster-IP', 'Its address inside the cluster.'),
    column('External-IP', 'Its address outside.'),
    column('Port(s)', 'The ports that it serves.'),
    ageColumn,
    column('Selector', 'The labels of the pods behind it.', { priority: 1 }),
  ],
  cells: (service, nowMs) => {
    const spec = specOf(service);
    const [clusterIp = spec['clusterIP']] = listAt(spec, 'clusterIPs');
    return [
      service.metadata.name,
      textOf(spec['type'], 'ClusterIP'),
      textOf(clusterIp, '<none>'),
      externalIp(service),
      textOf((listAt(spec, 'ports') as readonly JsonObject[]).map(portText).join(','), '<none>'),
      age(service.metadata.creationTimestamp, nowMs),
      labelsText(objectAt(spec, 'selector')),
    ];
  },
};

function externalIp(service: KubeObject): string {
  const spec = specOf(service);
  if (spec['type'] === 'ExternalName') return textOf(spec['externalName']);
  const ingress = listAt(objectAt(statusOf(service), 'loadBalancer'), 'ingress') as readonly JsonObject[];
  const balanced = ingress.map((one) => textOf(one['ip'] ?? one['hostname']));
  const addresses = [...balanced, ...listAt(spec, 'externalIPs')].join(',');
  return textOf(addresses, spec['type'] === 'LoadBalancer' ? '<pending>' : '<none>');
}

function portText(port: JsonObject): string {
  const number = port['nodePort'] ? `${port['port']}:${port['nodePort']}` : String(port['port']);
  return `${number}/${textOf(port['protocol'], 'TCP')}`;
}

function labelsText(labels: JsonObject): string {
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return textOf(sorted.map(([key, value]) => `${key}=${String(value)}`).join(','), '<none>');
}
