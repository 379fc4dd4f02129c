import type { KubeObject } from '@bramble/protocol/kube.ts';
import { type JsonObject, listAt, objectAt } from '@bramble/protocol/schema/json.ts';
import type { LabelSelector } from '@bramble/protocol/schema/types.generated.ts';
import { selectorText } from '@bramble/protocol/workloads/label-selector.ts';
import { millisecondsOf } from '../time.ts';
import { age, duration } from './age.ts';
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

const wide = { priority: 1 };
const integer = { type: 'integer' } as const;

/** What `-o wide` adds to everything that makes pods. */
const templateColumns = [
  column('Containers', 'The containers of its pods.', wide),
  column('Images', 'Their images.', wide),
  column('Selector', 'The labels of its pods.', wide),
];

function templateCells(object: KubeObject): readonly string[] {
  const containers = listAt(
    objectAt(objectAt(specOf(object), 'template'), 'spec'),
    'containers',
  ) as readonly JsonObject[];
  return [
    containers.map((container) => textOf(container['name'])).join(','),
    containers.map((container) => textOf(container['image'])).join(','),
    textOf(selectorText(specOf(object)['selector'] as LabelSelector | undefined), '<none>'),
  ];
}

function count(object: JsonObject, field: string): number {
  return Number(object[field] ?? 0);
}

export const deploymentPrinter: Printer = {
  columns: [
    nameColumn,
    column('Ready', 'Pods that are ready, of those asked for.'),
    column('Up-to-date', 'Pods of the newest template.'),
    column('Available', 'Pods that are ready long enough.'),
    ageColumn,
    ...templateColumns,
  ],
  cells: (object, nowMs) => {
    const status = statusOf(object);
    return [
      object.metadata.name,
      `${count(status, 'readyReplicas')}/${count(specOf(object), 'replicas')}`,
      count(status, 'updatedReplicas'),
      count(status, 'availableReplicas'),
      age(object.metadata.creationTimestamp, nowMs),
      ...templateCells(object),
    ];
  },
};

export const replicaSetPrinter: Printer = {
  columns: [
    nameColumn,
    column('Desired', 'Pods asked for.', integer),
    column('Current', 'Pods that there are.', integer),
    column('Ready', 'Pods that are ready.', integer),
    ageColumn,
    ...templateColumns,
  ],
  cells: (object, nowMs) => [
    object.metadata.name,
    count(specOf(object), 'replicas'),
    count(statusOf(object), 'replicas'),
    count(statusOf(object), 'readyReplicas'),
    age(object.metadata.creationTimestamp, nowMs),
    ...templateCells(object),
  ],
};

export const daemonSetPrinter: Printer = {
  columns: [
    nameColumn,
    column('Desired', 'Nodes that should run its pod.', integer),
    column('Current', 'Nodes that have it.', integer),
    column('Ready', 'Nodes where it is ready.', integer),
    column('Up-to-date', 'Nodes that have it by the newest template.', integer),
    column('Available', 'Nodes where it is ready long enough.', integer),
    column('Node Selector', 'Labels of the nodes that should run it.'),
    ageColumn,
    ...templateColumns,
  ],
  cells: (object, nowMs) => {
    const status = statusOf(object);
    const pod = objectAt(objectAt(specOf(object), 'template'), 'spec');
    const matchLabels = objectAt(pod, 'nodeSelector') as Readonly<Record<string, string>>;
    return [
      object.metadata.name,
      count(status, 'desiredNumberScheduled'),
      count(status, 'currentNumberScheduled'),
      count(status, 'numberReady'),
      count(status, 'updatedNumberScheduled'),
      count(status, 'numberAvailable'),
      textOf(selectorText({ matchLabels }), '<none>'),
      age(object.metadata.creationTimestamp, nowMs),
      ...templateCells(object),
    ];
  },
};

export const jobPrinter: Printer = {
  columns: [
    nameColumn,
    column('Status', 'What became of it.'),
    column('Completions', 'Pods that succeeded, of those asked for.'),
    column('Duration', 'How long it took, or takes already.'),
    ageColumn,
    ...templateColumns,
  ],
  cells: (object, nowMs) => [
    object.metadata.name,
    jobStatus(object),
    completions(object),
    jobDuration(object, nowMs),
    age(object.metadata.creationTimestamp, nowMs),
    ...templateCells(object),
  ],
};

const endings = [
  ['Complete', 'Complete'],
  ['Failed', 'Failed'],
  ['Suspended', 'Suspended'],
  ['FailureTarget', 'FailureTarget'],
  ['SuccessCriteriaMet', 'SuccessCriteriaMet'],
] as const;

function jobStatus(job: KubeObject): string {
  const found = endings.find(([type]) => conditionOf(job, type)?.['status'] === 'True');
  if (found) return found[1];
  return job.metadata.deletionTimestamp === undefined ? 'Running' : 'Terminating';
}

function completions(job: KubeObject): string {
  const spec = specOf(job);
  const succeeded = count(statusOf(job), 'succeeded');
  if (spec['completions'] !== undefined) return `${succeeded}/${String(spec['completions'])}`;
  const parallelism = count(spec, 'parallelism');
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: KubeObject, nowMs: number): string {
  const status = statusOf(job);
  const began = millisecondsOf(status['startTime']);
  if (began === undefined) return '';
  return duration((millisecondsOf(status['completionTime']) ?? nowMs) - began);
}

export const budgetPrinter: Printer = {
  columns: [
    nameColumn,
    column('Min Available', 'Pods that must stay available.'),
    column('Max Unavailable', 'Pods that may be missing.'),
    column('Allowed Disruptions', 'Pods that may be evicted now.', integer),
    ageColumn,
  ],
  cells: (object, nowMs) => [
    object.metadata.name,
    textOf(specOf(object)['minAvailable'], 'N/A'),
    textOf(specOf(object)['maxUnavailable'], 'N/A'),
    count(statusOf(object), 'disruptionsAllowed'),
    age(object.metadata.creationTimestamp, nowMs),
  ],
};
