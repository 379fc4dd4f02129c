import { apiVersionOf, kindByPlural } from '@bramble/protocol/kinds.ts';
import { usageKind } from '@bramble/protocol/usage-kinds.ts';
import type { Form } from '../http/accept.ts';
import type { Options } from '../options.ts';
import type { ApiResponse, ListAnswer } from '../request.ts';
import { badRequest } from '../status.ts';
import { type IncludeObject, partialOf, type TableOptions, tableOf, tableOfList } from './table.ts';

type Objects = Extract<ApiResponse, { type: 'object' | 'list' }>;

/** An answer's objects as JSON, in the form that was asked for. `resource` says what kind an object is printed as. */
export function answerText(
  answer: Objects,
  resource: { readonly group: string; readonly version: string; readonly resource: string },
  form: Form,
  options: TableOptions,
): string {
  if (answer.type === 'list') return listText(answer.list, form, options);
  const kind = usageKind(resource) ?? kindByPlural(resource.group, resource.resource);
  if (form === 'PartialObjectMetadata') return partialOf(answer);
  return form === 'Table' && kind ? tableOf(kind, answer.object, options) : answer.json;
}

export function includeOf(options: Options): IncludeObject {
  const value = options['includeObject'] || 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(`includeObject: ${JSON.stringify(value)} is none of "Metadata", "None", "Object"`);
}

function listText(list: ListAnswer, form: Form, options: TableOptions): string {
  if (form === 'Table') return tableOfList(list, options);
  const partial = form === 'PartialObjectMetadata';
  const kind = partial ? 'PartialObjectMetadataList' : `${list.kind.kind}List`;
  const apiVersion = partial ? 'meta.k8s.io/v1' : apiVersionOf(list.kind);
  const metadata = JSON.stringify({
    resourceVersion: list.resourceVersion,
    continue: list.continue,
    remainingItemCount: list.remaining,
  });
  const items = list.items.map((item) => (partial ? partialOf(item) : item.json)).join(',');
  return `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":${metadata},"items":[${items}]}`;
}
