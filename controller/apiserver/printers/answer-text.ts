import { apiVersionOf, kindByPlural } from '@bramble/protocol/kinds.ts';
import { usageKind } from '@bramble/protocol/usage-kinds.ts';
import type { Form } from '../http/accept.ts';
import type { Options } from '../options.ts';
import type { ApiResponse, Encoded, ListAnswer } from '../request.ts';
import { badRequest } from '../status.ts';
import { type IncludeObject, partialOf, rowText, type TableOptions, tableHead, tableOf } from './table.ts';

type Objects = Extract<ApiResponse, { type: 'object' | 'list' }>;

/** Objects in one part of a list: made in less than a millisecond. */
const objectsInPart = 64;

/**
 * An answer's objects as JSON, in the form that was asked for, in parts that are made when they are asked for: a list may be
 * long. `resource` says what kind an object is printed as.
 */
export function* answerParts(
  answer: Objects,
  resource: { readonly group: string; readonly version: string; readonly resource: string },
  form: Form,
  options: TableOptions,
): Generator<string, void> {
  if (answer.type === 'list') return yield* listParts(answer.list, form, options);
  const kind = usageKind(resource) ?? kindByPlural(resource.group, resource.resource);
  if (form === 'PartialObjectMetadata') yield partialOf(answer);
  else yield form === 'Table' && kind ? tableOf(kind, answer.object, options) : answer.json;
}

export function includeOf(options: Options): IncludeObject {
  const value = options['includeObject'] || 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(`includeObject: ${JSON.stringify(value)} is none of "Metadata", "None", "Object"`);
}

function* listParts(list: ListAnswer, form: Form, options: TableOptions): Generator<string, void> {
  const { kind, items } = list;
  if (form === 'Table') {
    yield tableHead(list);
    yield* joined(items, ({ object }) => rowText(kind, object, options));
  } else {
    yield listHead(list, form);
    yield* joined(items, form === 'PartialObjectMetadata' ? partialOf : ({ json }) => json);
  }
  yield ']}';
}

function listHead({ kind, resourceVersion, continue: next, remaining }: ListAnswer, form: Form): string {
  const partial = form === 'PartialObjectMetadata';
  const name = partial ? 'PartialObjectMetadataList' : `${kind.kind}List`;
  const apiVersion = partial ? 'meta.k8s.io/v1' : apiVersionOf(kind);
  const metadata = JSON.stringify({ resourceVersion, continue: next, remainingItemCount: remaining });
  return `{"kind":"${name}","apiVersion":"${apiVersion}","metadata":${metadata},"items":[`;
}

function* joined(items: readonly Encoded[], textOf: (item: Encoded) => string): Generator<string, void> {
  for (let from = 0; from < items.length; from += objectsInPart) {
    const texts = items.slice(from, from + objectsInPart).map(textOf);
    yield `${from === 0 ? '' : ','}${texts.join(',')}`;
  }
}
