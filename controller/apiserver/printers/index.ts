import type { Kind } from '@bramble/protocol/kinds.ts';
import { listAt } from '@bramble/protocol/schema/json.ts';
import { usageKinds } from '@bramble/protocol/usage-kinds.ts';
import { age } from './age.ts';
import { endpointSlicePrinter, endpointsPrinter } from './endpoints.ts';
import { eventPrinter } from './event.ts';
import { nodePrinter } from './node.ts';
import { podPrinter } from './pod.ts';
import { ageColumn, column, countOf, nameColumn, type Printer, specOf, statusOf, textOf } from './printer.ts';
import { servicePrinter } from './service.ts';
import { usagePrinter } from './usage.ts';
import {
  budgetPrinter,
  daemonSetPrinter,
  deploymentPrinter,
  jobPrinter,
  replicaSetPrinter,
} from './workloads.ts';

/** For kinds that have nothing of their own to show. */
const plainPrinter: Printer = {
  columns: [nameColumn, column('Created At', 'When the object was created.', { format: 'date' })],
  cells: ({ metadata }) => [metadata.name, textOf(metadata.creationTimestamp)],
};

const printers: Readonly<Record<string, Printer>> = {
  pods: podPrinter,
  nodes: nodePrinter,
  events: eventPrinter,
  services: servicePrinter,
  endpoints: endpointsPrinter,
  endpointslices: endpointSlicePrinter,
  deployments: deploymentPrinter,
  replicasets: replicaSetPrinter,
  daemonsets: daemonSetPrinter,
  jobs: jobPrinter,
  poddisruptionbudgets: budgetPrinter,
  namespaces: {
    columns: [nameColumn, column('Status', 'The status of the namespace.'), ageColumn],
    cells: (object, nowMs) => [
      object.metadata.name,
      textOf(statusOf(object)['phase']),
      age(object.metadata.creationTimestamp, nowMs),
    ],
  },
  configmaps: {
    columns: [nameColumn, column('Data', 'How many keys it has.'), ageColumn],
    cells: (object, nowMs) => [
      object.metadata.name,
      countOf(object['data']) + countOf(object['binaryData']),
      age(object.metadata.creationTimestamp, nowMs),
    ],
  },
  secrets: {
    columns: [
      nameColumn,
      column('Type', 'What the secret is for.'),
      column('Data', 'How many keys it has.'),
      ageColumn,
    ],
    cells: (object, nowMs) => [
      object.metadata.name,
      textOf(object['type']),
      countOf(object['data']),
      age(object.metadata.creationTimestamp, nowMs),
    ],
  },
  serviceaccounts: {
    columns: [nameColumn, column('Secrets', 'How many secrets its pods may use.'), ageColumn],
    cells: (object, nowMs) => [
      object.metadata.name,
      listAt(object, 'secrets').length,
      age(object.metadata.creationTimestamp, nowMs),
    ],
  },
  leases: {
    columns: [nameColumn, column('Holder', 'Who holds the lease.'), ageColumn],
    cells: (object, nowMs) => [
      object.metadata.name,
      textOf(specOf(object)['holderIdentity']),
      age(object.metadata.creationTimestamp, nowMs),
    ],
  },
};

export function printerOf(kind: Kind): Printer {
  if (usageKinds.includes(kind)) return usagePrinter;
  return printers[kind.plural] ?? plainPrinter;
}
