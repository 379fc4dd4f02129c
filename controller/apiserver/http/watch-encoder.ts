import { apiVersionOf, type Kind } from '@bramble/protocol/kinds.ts';
import type { StoreEvent } from '../../store/types.ts';
import { type IncludeObject, partialObject, tableOf } from '../printers/table.ts';
import type { Status } from '../request.ts';
import type { Form } from './accept.ts';

const types = { added: 'ADDED', modified: 'MODIFIED', deleted: 'DELETED' } as const;

/** Makes the lines of one watch, in the form that its client asked for. Plain objects share their JSON. */
export class WatchEncoder {
  readonly #kind: Kind;
  readonly #form: Form;
  readonly #include: IncludeObject;
  #columnsTold = false;

  constructor(kind: Kind, form: Form, include: IncludeObject) {
    this.#kind = kind;
    this.#form = form;
    this.#include = include;
  }

  event({ type, stored }: StoreEvent, nowMs: number): string {
    return line(types[type], this.#objectText(stored, nowMs));
  }

  bookmark(revision: number, initialEventsEnd: boolean): string {
    const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
    const own = { kind: this.#kind.kind, apiVersion: apiVersionOf(this.#kind), metadata };
    if (this.#form === 'plain') return line('BOOKMARK', JSON.stringify(own));
    const object = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    if (this.#form !== 'Table') return line('BOOKMARK', JSON.stringify(object));
    const table = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: [], rows: [] };
    return line('BOOKMARK', JSON.stringify(table));
  }

  fault(status: Status): string {
    return line('ERROR', JSON.stringify(status));
  }

  #objectText(stored: StoreEvent['stored'], nowMs: number): string {
    if (this.#form === 'plain') return stored.json;
    if (this.#form !== 'Table') return JSON.stringify(partialObject(stored.object));
    const withColumns = !this.#columnsTold;
    this.#columnsTold = true;
    return tableOf(this.#kind, stored.object, { include: this.#include, nowMs }, withColumns);
  }
}

function line(type: string, objectJson: string): string {
  return `{"type":"${type}","object":${objectJson}}\n`;
}
