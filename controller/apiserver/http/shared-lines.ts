import type { StoreEvent } from '../../store/types.ts';

export const watchTypes = { added: 'ADDED', modified: 'MODIFIED', deleted: 'DELETED' } as const;

export function watchLine(type: string, objectJson: string): string {
  return `{"type":"${type}","object":${objectJson}}\n`;
}

/** More at once are what was there when a watch began: nobody else is told the same. */
const mostKept = 1_024;

/**
 * What watches of plain objects tell. All watches of a prefix are told the same events, one watch after the other: their
 * lines are made for the first of them, and serve all the others.
 */
export class SharedLines {
  #events: readonly StoreEvent[] = [];
  #lines: readonly string[] = [];

  of(events: readonly StoreEvent[]): readonly string[] {
    if (events === this.#events) return this.#lines;
    const lines = events.map(({ type, stored }) => watchLine(watchTypes[type], stored.json));
    if (events.length > mostKept) return lines;
    this.#events = events;
    this.#lines = lines;
    return lines;
  }
}
