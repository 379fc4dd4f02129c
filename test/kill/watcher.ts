import { createInterface } from 'node:readline';
import { type Access, type ConfigMap, call, collection, send } from './api.ts';
import type { Ledger } from './ledger.ts';

interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ConfigMap & { readonly code?: number };
}

/** A client that keeps a copy by list and watch, over every death of the controller, as a kubectl or an operator does. */
export class Watcher {
  readonly #ledger: Ledger;
  readonly #copy = new Map<string, string>();
  #revision: number | undefined;
  /** Watches that told of changes from where it was, and those that were answered 410, so that it listed anew. */
  resumed = 0;
  relisted = 0;
  events = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Until the connection breaks. */
  async follow(access: Access): Promise<void> {
    try {
      for (;;) {
        if (this.#revision === undefined) await this.#list(access);
        if (await this.#watch(access)) return;
        this.#revision = undefined;
        this.relisted += 1;
      }
    } catch (error) {
      // A connection that broke, or a line that was cut: it goes on from there. All else is a fault.
      if (error instanceof TypeError) this.#ledger.violations.push(`the watcher failed: ${error.stack}`);
    }
  }

  /** G2: the copy is what a list says, once everything up to that list's revision has come. */
  differences(found: readonly ConfigMap[]): string[] {
    const listed = new Map(found.map((object) => [object.metadata.name, object.metadata.resourceVersion]));
    const names = new Set([...listed.keys(), ...this.#copy.keys()]);
    return [...names]
      .filter((name) => listed.get(name) !== this.#copy.get(name))
      .map((name) => `the watcher has ${name} at ${this.#copy.get(name)}, the list at ${listed.get(name)}`);
  }

  async #list(access: Access): Promise<void> {
    const { body } = await call(access, 'GET', collection);
    const { metadata, items } = body as { metadata: { resourceVersion: string }; items: ConfigMap[] };
    this.#copy.clear();
    for (const item of items) this.#copy.set(item.metadata.name, item.metadata.resourceVersion);
    this.#revision = Number(metadata.resourceVersion);
  }

  /** False when the revision is too old to go on from. @throws Error when the connection breaks */
  async #watch(access: Access): Promise<boolean> {
    const from = `resourceVersion=${this.#revision}&allowWatchBookmarks=true`;
    const response = await send(access, 'GET', `${collection}?watch=true&${from}`);
    if (response.statusCode !== 200) {
      response.resume();
      if (response.statusCode !== 410)
        this.#ledger.violations.push(`a watch from ${this.#revision} was answered ${response.statusCode}`);
      return false;
    }
    let goesOn = false;
    for await (const line of createInterface({ input: response })) {
      // The last line of a broken connection may be a part of one.
      if (!line.endsWith('}')) break;
      const { type, object } = JSON.parse(line) as WatchLine;
      if (type === 'ERROR') return false;
      if (!goesOn) this.resumed += 1;
      goesOn = true;
      this.#take(type, object);
    }
    return true;
  }

  #take(type: WatchLine['type'], object: ConfigMap): void {
    const revision = Number(object.metadata.resourceVersion);
    const { name } = object.metadata;
    if (type !== 'BOOKMARK') {
      this.events += 1;
      if (revision <= (this.#revision ?? 0))
        this.#ledger.violations.push(`the watcher was told ${revision} after ${this.#revision}`);
      this.#ledger.see(revision, `${name} ${object.data?.marker ?? ''}`);
      if (type === 'DELETED') this.#copy.delete(name);
      else this.#copy.set(name, object.metadata.resourceVersion);
    }
    this.#revision = revision;
  }
}
