import type { KubeObject } from '@bramble/protocol/kube.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import { age } from './age.ts';
import { column, type Printer, textOf } from './printer.ts';

const wide = { priority: 1 };

export const eventPrinter: Printer = {
  columns: [
    column('Last Seen', 'When it last happened.'),
    column('Type', 'Normal or Warning.'),
    column('Reason', 'A short word for why.'),
    column('Object', 'What it happened to.'),
    column('Subobject', 'The part of the object.', wide),
    column('Source', 'Who tells it.', wide),
    column('Message', 'What happened.'),
    column('First Seen', 'When it first happened.', wide),
    column('Count', 'How often it happened.', wide),
    column('Name', 'The name of the event.', { format: 'name', priority: 1 }),
  ],
  cells: (event, nowMs) => {
    const involved = objectAt(event, 'involvedObject');
    const { first, last, count } = occurrences(event, nowMs);
    const kind = textOf(involved['kind']).toLowerCase();
    return [
      last,
      textOf(event['type']),
      textOf(event['reason']),
      involved['name'] ? `${kind}/${textOf(involved['name'])}` : kind,
      textOf(involved['fieldPath']),
      source(event),
      textOf(event['message']).trim(),
      first,
      count,
      event.metadata.name,
    ];
  },
};

function occurrences(event: KubeObject, nowMs: number) {
  const series = objectAt(event, 'series');
  const first = age(event['firstTimestamp'] ?? event['eventTime'], nowMs);
  if (series['lastObservedTime'] !== undefined) {
    return { first, last: age(series['lastObservedTime'], nowMs), count: Number(series['count'] ?? 1) };
  }
  const last = event['lastTimestamp'] === undefined ? first : age(event['lastTimestamp'], nowMs);
  return { first, last, count: Number(event['count'] || 1) };
}

function source(event: KubeObject): string {
  const { component, host } = objectAt(event, 'source');
  const parts = [component || event['reportingComponent'], host || event['reportingInstance']];
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}
