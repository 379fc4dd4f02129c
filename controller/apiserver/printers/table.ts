import type { Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { TableRow } from '@bramble/protocol/schema/index.ts';
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
  return tableText(kind, { resourceVersion }, [object], options, withColumns);
}

export function tableOfList(list: ListAnswer, options: TableOptions): string {
  const metadata = {
    resourceVersion: list.resourceVersion,
    ...(list.continue === undefined ? {} : { continue: list.continue }),
    ...(list.remaining === undefined ? {} : { remainingItemCount: list.remaining }),
  };
  const objects = list.items.map(({ object }) => object);
  return tableText(list.kind, metadata, objects, options, true);
}

function tableText(
  kind: Kind,
  metadata: Readonly<Record<string, unknown>>,
  objects: readonly KubeObject[],
  options: TableOptions,
  withColumns: boolean,
): string {
  const columnDefinitions = withColumns ? printerOf(kind).columns : [];
  const rows = objects.map((object) => rowOf(kind, object, options));
  return JSON.stringify({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions, rows });
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
