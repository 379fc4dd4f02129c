import type { KubeObject } from '@bramble/protocol/kube.ts';
import type { ObjectStore } from '../store/types.ts';
import type { BoardRecord, BoardRegistry } from '../trust/join.ts';

export const boardPrefix = '/bramble/boards/';

export function boardKey(node: string): string {
  return `${boardPrefix}${node}`;
}

export function boardRecord(object: KubeObject): BoardRecord {
  return object['board'] as BoardRecord;
}

/** The record as the store keeps it: everything there has Kubernetes' outer form. */
export function boardObject(record: BoardRecord): KubeObject {
  return { apiVersion: 'bramble.dev/v1', kind: 'Board', metadata: { name: record.node }, board: record };
}

/** Where joining boards are looked up and written down: in the store, but not in the API. */
export class StoredBoards implements BoardRegistry {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async get(node: string): Promise<BoardRecord | undefined> {
    const stored = this.#store.get(boardKey(node));
    return stored && boardRecord(stored.object);
  }

  /** @throws when the record could not be made durable: the board has not joined then. */
  async put(record: BoardRecord): Promise<void> {
    const result = await this.#store.commit({
      conditions: [],
      writes: [{ type: 'put', key: boardKey(record.node), object: boardObject(record) }],
    });
    if (!result.ok)
      throw new Error(result.reason === 'unavailable' ? result.message : 'the store refused the board');
  }
}
