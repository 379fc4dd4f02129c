import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { TableColumnDefinition, TableRow } from '@bramble/protocol/schema/index.ts';
import type { Encoded, ListAnswer } from '../request.ts';
import { printerOf } from './index.ts';

/** What each row carries of its object (`includeObject`). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly include: IncludeObject;
  readonly nowMs: number;
}

/** `kind: Table` (meta/v1) of one object. In a watch, only the first event has the columns. */
export function tableOf(kind: Kind, object: KubeObject, options: TableOptions, withColumns = true): string {
  const { resourceVersion } = object.metadata;
  const columns = withColumns ? printerOf(kind).columns : [];
  return `${headText({ resourceVersion }, columns)}${rowText(kind, object, options)}]}`;
}

/** A list's table up to its rows; `]}` follows them. */
export function tableHead(list: ListAnswer): string {
  const metadata = {
    resourceVersion: list.resourceVersion,
    ...(list.continue === undefined ? {} : { continue: list.continue }),
    ...(list.remaining === undefined ? {} : { remainingItemCount: list.remaining }),
  };
  return headText(metadata, printerOf(list.kind).columns);
}

function headText(
  metadata: Readonly<Record<string, unknown>>,
  columnDefinitions: readonly TableColumnDefinition[],
): string {
  const head = JSON.stringify({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions });
  return `${head.slice(0, -1)},"rows":[`;
}

export function rowText(kind: Kind, object: KubeObject, options: TableOptions): string {
  return JSON.stringify(rowOf(kind, object, options));
}

function rowOf(kind: Kind, object: KubeObject, { include, nowMs }: TableOptions): TableRow {
  const { cells, conditions } = printerOf(kind);
  const found = conditions?.(object) ?? [];
  return {
    cells: cells(object, nowMs),
    ...(found.length > 0 ? { conditions: found } : {}),
    ...(include === 'None' ? {} : { object: include === 'Object' ? object : partialObject(object) }),
  } as TableRow;
}

/** `kind: PartialObjectMetadata` (meta/v1): the metadata alone. */
export function partialObject(object: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

export function partialOf({ object }: Encoded): string {
  return JSON.stringify(partialObject(object));
}
