import { apiVersionOf, type Kind } from '@bramble/protocol/kinds.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { StoreEvent } from '../../store/types.ts';
import { type IncludeObject, partialObject, tableOf } from '../printers/table.ts';
import type { Status } from '../request.ts';
import type { Form } from './accept.ts';
import { SharedLines, watchLine, watchTypes } from './shared-lines.ts';

/** Makes the lines of one watch, in the form that its client asked for. Plain objects share their JSON. */
export class WatchEncoder {
  readonly #shared: SharedLines;
  readonly #kind: Kind;
  readonly #form: Form;
  readonly #include: IncludeObject;
  #columnsTold = false;

  constructor(kind: Kind, form: Form, include: IncludeObject, shared = new SharedLines()) {
    this.#shared = shared;
    this.#kind = kind;
    this.#form = form;
    this.#include = include;
  }

  /** A line for each. */
  events(events: readonly StoreEvent[], nowMs: number): readonly string[] {
    if (this.#form === 'plain') return this.#shared.of(events);
    return events.map(({ type, stored: { object } }) =>
      watchLine(watchTypes[type], this.#objectText(object, nowMs)),
    );
  }

  bookmark(revision: number, initialEventsEnd: boolean): string {
    const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
    const own = { kind: this.#kind.kind, apiVersion: apiVersionOf(this.#kind), metadata };
    if (this.#form === 'plain') return watchLine('BOOKMARK', JSON.stringify(own));
    const object = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    if (this.#form !== 'Table') return watchLine('BOOKMARK', JSON.stringify(object));
    const table = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: [], rows: [] };
    return watchLine('BOOKMARK', JSON.stringify(table));
  }

  fault(status: Status): string {
    return watchLine('ERROR', JSON.stringify(status));
  }

  #objectText(object: KubeObject, nowMs: number): string {
    if (this.#form !== 'Table') return JSON.stringify(partialObject(object));
    const withColumns = !this.#columnsTold;
    this.#columnsTold = true;
    return tableOf(this.#kind, object, { include: this.#include, nowMs }, withColumns);
  }
}
