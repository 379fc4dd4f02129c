import type { Journal, JournalContent, JournalRecord } from '@bramble/agent/journal/port.ts';
import { OrderedPipe } from '../ordered-pipe.ts';
import type { ProcessHost } from '../process-host.ts';
import type { Machine } from './machine.ts';

const slowestSyncMs = 20;

/** The card with the journal: a crash loses what was not synced, or does not. */
export class SimJournal {
  readonly records = new Map<string, string>();
  boots = 0;
  /** Synced writes. */
  writes = 0;
  readonly #onWrite: (keys: readonly string[]) => void;

  constructor(onWrite: (keys: readonly string[]) => void) {
    this.#onWrite = onWrite;
  }

  /** @param process the life of the agent that writes. */
  port(process: ProcessHost, machine: Machine): Journal {
    const card = new OrderedPipe(machine.host);
    return {
      load: () => process.whileAlive(async () => this.#load()),
      write: (records) => process.whileAlive(() => this.#write(records, card, process)),
      close: async () => {},
    };
  }

  #load(): JournalContent {
    this.boots += 1;
    const records = new Map([...this.records].map(([key, text]) => [key, JSON.parse(text) as unknown]));
    return { records, damaged: [], boot: this.boots };
  }

  #write(records: readonly JournalRecord[], card: OrderedPipe, process: ProcessHost): Promise<void> {
    return new Promise((resolve) => {
      // What was on its way to the card when the agent died may have arrived there.
      const arrives = process.random() < 0.5;
      card.send(0.5 + process.random() * slowestSyncMs, () => {
        if (process.alive || arrives) this.#apply(records);
        resolve();
      });
    });
  }

  #apply(records: readonly JournalRecord[]): void {
    this.writes += 1;
    this.#onWrite(records.map(({ key, value }) => (value === undefined ? `-${key}` : key)));
    for (const { key, value } of records) {
      if (value === undefined) this.records.delete(key);
      else this.records.set(key, JSON.stringify(value));
    }
  }
}
