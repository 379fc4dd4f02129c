import { bootAfter } from '@bramble/agent/journal/disk/boot-counter.ts';
import { encodeLine, scan } from '@bramble/agent/journal/disk/lines.ts';
import type { Journal, JournalContent, JournalRecord } from '@bramble/agent/journal/port.ts';
import { OrderedPipe } from '../broker/ordered-pipe.ts';
import type { Dice } from '../dice.ts';
import type { ProcessHost } from '../process-host.ts';
import type { Machine } from './machine.ts';

const slowestSyncMs = 20;
/** Lines beyond which those that count no more are left out. */
const mostLines = 200;

export type JournalDamage =
  /** The line that was being written when the power went. */
  | 'torn'
  /** Some bytes of lines that were good. */
  | 'garbage'
  /** The whole directory, the boot counter with it. */
  | 'lost';

/** The card with the journal, line by line as on a real one: a crash loses what was not synced, or does not. */
export class SimJournal {
  readonly records = new Map<string, string>();
  boots = 0;
  /** Something could not be read when it was read last. */
  damaged = false;
  /** Synced writes. */
  writes = 0;
  #lines: Buffer[] = [];
  #hasBootFile = false;
  readonly #onWrite: (keys: readonly string[]) => void;

  constructor(onWrite: (keys: readonly string[]) => void) {
    this.#onWrite = onWrite;
  }

  /** @param process the life of the agent that writes. */
  port(process: ProcessHost, machine: Machine): Journal {
    const card = new OrderedPipe(machine.host);
    return {
      load: () => process.whileAlive(async () => this.#load(process.now())),
      write: (records) => process.whileAlive(() => this.#write(records, card, process, machine)),
      close: async () => {},
    };
  }

  /** While no agent runs. */
  damage(kind: JournalDamage, dice: Dice): void {
    if (kind === 'lost') {
      this.#lines = [];
      this.#hasBootFile = false;
    } else if (kind === 'torn') {
      this.#lines.push(encodeLine({ key: 'manifest', json: '{"fence":{}}' }).subarray(0, 5 + dice.below(20)));
    } else for (let hits = 1 + dice.below(8); hits > 0; hits -= 1) this.#spoil(dice);
  }

  #spoil(dice: Dice): void {
    const line = dice.pick(this.#lines);
    // The newline stays: what has lost it is two lines that are damaged, which two hits make as well.
    if (line) line[dice.below(line.length - 1)] = 33 + dice.below(90);
  }

  #load(nowMs: number): JournalContent {
    const content = Buffer.concat(this.#lines);
    const { entries, damaged } = scan(content);
    const records = new Map<string, unknown>();
    for (const { entry } of entries) {
      if (entry.json === undefined) records.delete(entry.key);
      else records.set(entry.key, JSON.parse(entry.json));
    }
    this.records.clear();
    for (const [key, value] of records) this.records.set(key, JSON.stringify(value));
    this.#tidy();
    const isLost = content.length === 0 && !this.#hasBootFile;
    const evidence = { inLog: isLost ? 0 : this.boots, logIsEmpty: isLost, hasJoined: this.boots > 0, nowMs };
    this.boots = bootAfter(isLost ? undefined : this.boots, isLost, evidence);
    this.#hasBootFile = true;
    const reasons = damaged.map(({ key, reason }) => ({ key, reason }));
    if (isLost && evidence.hasJoined) reasons.push({ key: '*', reason: 'lost' });
    this.damaged = reasons.length > 0;
    return { records, damaged: reasons, boot: this.boots };
  }

  #write(
    records: readonly JournalRecord[],
    card: OrderedPipe,
    process: ProcessHost,
    machine: Machine,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      // What was on its way to the card when the agent died may have arrived there.
      const arrives = process.random() < 0.5;
      card.send(0.5 + process.random() * slowestSyncMs, () => {
        machine.onStep();
        if (machine.diskFull) return reject(new Error('ENOSPC: no space left on device, write'));
        if (process.alive || arrives) this.#apply(records);
        machine.onStep();
        resolve();
      });
    });
  }

  #apply(records: readonly JournalRecord[]): void {
    this.writes += 1;
    this.#onWrite(records.map(({ key, value }) => (value === undefined ? `-${key}` : key)));
    for (const { key, value } of records) {
      const json = value === undefined ? undefined : JSON.stringify(value);
      if (json === undefined) this.records.delete(key);
      else this.records.set(key, json);
      this.#lines.push(encodeLine({ key, json }));
    }
    if (this.#lines.length > mostLines) this.#tidy();
  }

  #tidy(): void {
    this.#lines = [...this.records].map(([key, json]) => encodeLine({ key, json }));
  }
}
