import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { TableColumnDefinition, TableRowCondition } from '@bramble/protocol/schema/index.ts';
import { listAt, objectAt } from '@bramble/protocol/schema/json.ts';

/** How kubectl shows a kind: the server makes the cells, so that every client shows the same. */
export interface Printer {
  readonly columns: readonly TableColumnDefinition[];
  readonly cells: (object: KubeObject, nowMs: number) => readonly (string | number)[];
  readonly conditions?: (object: KubeObject) => readonly TableRowCondition[];
}

/** A column; with priority 1 it is shown by `-o wide` only. */
export function column(
  name: string,
  description: string,
  extra: {
    readonly type?: TableColumnDefinition['type'];
    readonly format?: string;
    readonly priority?: number;
  } = {},
): TableColumnDefinition {
  const { type = 'string', format = '', priority = 0 } = extra;
  return { name, type, format, description, priority };
}

export const nameColumn = column('Name', 'Name must be unique within a namespace.', { format: 'name' });
export const ageColumn = column('Age', 'How long ago the object was created.');

export function specOf(object: KubeObject) {
  return objectAt(object, 'spec');
}

export function statusOf(object: KubeObject) {
  return objectAt(object, 'status');
}

export function textOf(value: unknown, otherwise = ''): string {
  return value === undefined || value === null || value === '' ? otherwise : String(value);
}

export function countOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

export function conditionOf(object: KubeObject, type: string): Readonly<Record<string, unknown>> | undefined {
  const conditions = listAt(statusOf(object), 'conditions') as readonly Readonly<Record<string, unknown>>[];
  return conditions.find((condition) => condition['type'] === type);
}
