import type { AppliedObject, Result } from '@bramble/protocol/messages/results.ts';
import { stringify } from 'yaml';
import type { AnyObject } from './objects.ts';

export const outputFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof outputFormats)[number];
export type WholeFormat = 'json' | 'yaml' | 'name';

export function parseOutput(text: string): OutputFormat {
  const format = outputFormats.find((each) => each === text);
  if (format) return format;
  throw new Error(`--output ${text}: it is one of ${outputFormats.join(', ')}`);
}

/** Whether a format shows whole objects, rather than columns. */
export function isWholeOutput(format: OutputFormat): format is WholeFormat {
  return format === 'json' || format === 'yaml' || format === 'name';
}

/** @param single It is the object itself that is shown, no list of one. */
export function formatted(objects: readonly AnyObject[], format: WholeFormat, single: boolean): string {
  if (format === 'name') return objects.map(nameOf).join('\n');
  const value = single
    ? objects[0]
    : { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: objects };
  return dumped(value, format);
}

/** Any value, for programs. */
export function dumped(value: unknown, format: 'json' | 'yaml'): string {
  const sorted = sortKeys(value);
  return format === 'json' ? JSON.stringify(sorted, undefined, 4) : stringify(sorted, { lineWidth: 0 });
}

/** As kubectl writes them: two objects can be compared line by line. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortKeys(each)]));
}

function nameOf({ kind = '', apiVersion = '', metadata }: AnyObject): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${kind.toLowerCase()}${group}/${metadata.name}`;
}

function isDone(item: Result['items'][number]): item is AppliedObject {
  return 'action' in item;
}

/** What became of each document: `pod/hello created`, or why not. */
export function resultLines({ items }: Result): { readonly done: string[]; readonly refused: string[] } {
  const done: string[] = [];
  const refused: string[] = [];
  for (const item of items) {
    if (isDone(item)) {
      done.push(`${nameOf({ ...item, metadata: { name: item.name } })} ${item.action}`);
      for (const warning of item.warnings ?? []) refused.push(`Warning: ${warning}`);
    } else refused.push(`Error from server (${item.reason}): ${item.message}`);
  }
  return { done, refused };
}
