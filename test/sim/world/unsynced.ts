import type { EncodedTransaction } from '@bramble/controller/store/encode.ts';
import type { StoreEngine } from '@bramble/controller/store/engine.ts';

/** The batches that an engine has begun to write, the oldest first. */
export class Unsynced {
  readonly batches: (readonly EncodedTransaction[])[] = [];

  /** The same engine, with its batches noted here. */
  of(engine: StoreEngine): StoreEngine {
    return {
      open: () => engine.open(),
      subscribe: (onEvents) => engine.subscribe(onEvents),
      close: () => engine.close(),
      commit: async (transactions) => {
        this.batches.push(transactions);
        const results = await engine.commit(transactions);
        this.batches.splice(this.batches.indexOf(transactions), 1);
        return results;
      },
    };
  }
}
