/** What the board must run, on disk: read before the link is dialled. A write resolves when it is synced. */
export interface Journal {
  load(): Promise<JournalContent>;
  /** Whole records, atomically each; several at once share a sync. */
  write(records: readonly JournalRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Key and JSON value; `undefined` removes the record. Keys: `identity`, `manifest`, `objects/{kind}/{uid}`, `pods/{uid}`, … */
export interface JournalRecord {
  readonly key: string;
  readonly value: unknown;
}

export interface JournalContent {
  readonly records: ReadonlyMap<string, unknown>;
  /** Records that could not be read, by key, and why: they are set aside, never deleted. */
  readonly damaged: readonly { readonly key: string; readonly reason: string }[];
  /** This start's number; durable, grows with every start of the agent. */
  readonly boot: number;
}
