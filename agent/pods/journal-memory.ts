import type { Journal, JournalContent, JournalRecord } from '../journal/port.ts';

/** The journal and what is durably in it, so that an actor that is started again need not read the card. */
export interface JournalMemory {
  readonly records: ReadonlyMap<string, unknown>;
  readonly boot: number;
  /** Records were lost: nobody may conclude from what is absent. */
  readonly damaged: boolean;
  write(records: readonly JournalRecord[]): Promise<void>;
}

export function journalMemory(
  journal: Journal,
  content: Pick<JournalContent, 'records' | 'boot' | 'damaged'>,
): JournalMemory {
  const records = new Map(content.records);
  return {
    records,
    boot: content.boot,
    damaged: content.damaged.length > 0,
    async write(changes) {
      await journal.write(changes);
      for (const { key, value } of changes) {
        if (value === undefined) records.delete(key);
        else records.set(key, value);
      }
    },
  };
}
