import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { badRequest } from '../status.ts';

export type FieldMatch = (object: KubeObject) => boolean;

/** Fields that can be selected by, beside the name and namespace of every kind; Kubernetes' own choice. */
const selectable: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  secrets: ['type'],
  services: ['spec.clusterIP', 'spec.type'],
};

/** A field selector as query strings carry it: `status.phase=Running,spec.nodeName!=pi-1`. */
export function parseFieldSelector(kind: Kind, text: string): FieldMatch {
  const matches = splitTerms(text).map((term) => parseTerm(kind, term));
  return (object) => matches.every((match) => match(object));
}

/** The name that the selector pins, if it does: then one look-up serves instead of a scan. */
export function pinnedName(text: string): string | undefined {
  return splitTerms(text)
    .map((term) => /^metadata\.name==?(.+)$/.exec(term)?.[1])
    .find((name) => name !== undefined);
}

/** Commas part terms unless a backslash stands before them. */
function splitTerms(text: string): string[] {
  return (text.match(/(?:\\.|[^,\\])+/gs) ?? []).map((term) => term.trim()).filter((term) => term !== '');
}

function parseTerm(kind: Kind, term: string): FieldMatch {
  const parts = /^([^=!]+)(==|=|!=)(.*)$/s.exec(term);
  if (!parts) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const [, field = '', operator, escaped = ''] = parts;
  if (!isSelectable(kind, field)) throw badRequest(`field label not supported: ${field}`);
  const wanted = escaped.replaceAll(/\\([\\,=])/g, '$1');
  return (object) => (fieldText(object, field) === wanted) === (operator !== '!=');
}

function isSelectable(kind: Kind, field: string): boolean {
  if (field === 'metadata.name') return true;
  if (field === 'metadata.namespace') return kind.namespaced;
  return (selectable[kind.plural] ?? []).includes(field);
}

/** An absent field counts as empty, and an absent flag as false, as they do in Go. */
function fieldText(object: KubeObject, field: string): string {
  if (field === 'source' || field === 'reportingComponent') return eventSource(object, field);
  const value = valueAt(object, field.split('.'));
  if (value === undefined)
    return field === 'spec.unschedulable' || field === 'spec.hostNetwork' ? 'false' : '';
  return String(value);
}

function eventSource(object: KubeObject, field: string): string {
  const source = valueAt(object, ['source', 'component']);
  const reporting = object['reportingComponent'];
  return String((field === 'source' ? source || reporting : reporting) ?? '');
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
