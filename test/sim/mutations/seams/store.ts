import { applyTransactions } from '@bramble/controller/store/apply.ts';
import type { EncodedTransaction } from '@bramble/controller/store/encode.ts';
import type { EngineEvent, StoreEngine } from '@bramble/controller/store/engine.ts';
import type { MemoryDisk } from '@bramble/controller/store/memory-engine.ts';
import type { StoredObject, TransactionResult } from '@bramble/controller/store/types.ts';
import type { SeamMutation } from '../mutation.ts';

/** What is wrong with the controller's store. */
export const storeMutations: readonly SeamMutation[] = [
  {
    name: 'the store answers before the sync',
    breaks: 'G1',
    change: { controllerSeams: { engine: hasty } },
  },
  {
    name: 'the engine swallows an event now and then',
    breaks: 'G2',
    faults: ['controller-kill'],
    change: { controllerSeams: { engine: forgetfulEngine } },
  },
  {
    name: 'a torn batch counts as far as it came',
    breaks: 'G2',
    faults: ['controller-kill', 'controller-kill-at-step', 'store-stall'],
    change: { controllerSeams: { recover: asFarAsItCame } },
  },
  {
    name: 'every start of the controller has the same epoch',
    breaks: 'G6',
    faults: ['controller-kill'],
    change: { controllerSeams: { engine: oneEpoch } },
  },
  {
    name: 'writes are committed whatever their conditions say',
    breaks: 'G1',
    change: { controllerSeams: { engine: unconditional } },
  },
  {
    name: 'a full store is not noticed',
    breaks: 'G1',
    faults: ['store-disk-full'],
    change: { controllerSeams: { engine: ignoresFullStore } },
  },
];

function hasty(engine: StoreEngine): StoreEngine {
  const objects = new Map<string, StoredObject>();
  let revision = 0;
  let tell: (events: readonly EngineEvent[]) => void = () => {};
  return {
    async open() {
      const state = await engine.open();
      for (const stored of state.objects) objects.set(stored.key, stored);
      revision = state.revision;
      return { ...state, objects: [...objects.values()] };
    },
    subscribe: (onEvents) => {
      tell = onEvents;
    },
    async commit(transactions) {
      const applied = applyTransactions(objects, revision, transactions);
      for (const [key, { after }] of applied.changes) {
        if (after) objects.set(key, after);
        else objects.delete(key);
      }
      revision = applied.revision;
      void engine.commit(transactions);
      tell(applied.events);
      return applied.results;
    },
    close: () => engine.close(),
  };
}

function forgetfulEngine(engine: StoreEngine): StoreEngine {
  let told = 0;
  const keeps = (): boolean => {
    told += 1;
    return told % 40 !== 0;
  };
  return wrapped(engine, {
    subscribe: (onEvents) => engine.subscribe((events) => onEvents(events.filter(keeps))),
  });
}

function unconditional(engine: StoreEngine): StoreEngine {
  const freed = (each: EncodedTransaction): EncodedTransaction => ({ ...each, conditions: [] });
  return wrapped(engine, { commit: (transactions) => engine.commit(transactions.map(freed)) });
}

function ignoresFullStore(engine: StoreEngine): StoreEngine {
  const pretend = (result: TransactionResult): TransactionResult =>
    result.ok || result.reason !== 'unavailable' ? result : { ok: true, objects: [], revision: 1 };
  return wrapped(engine, {
    commit: async (transactions) => (await engine.commit(transactions)).map(pretend),
  });
}

function wrapped(engine: StoreEngine, change: Partial<StoreEngine>): StoreEngine {
  return {
    open: () => engine.open(),
    subscribe: (onEvents) => engine.subscribe(onEvents),
    commit: (transactions) => engine.commit(transactions),
    close: () => engine.close(),
    ...change,
  };
}

/** The objects of the batch, without the revision that was to be written with them. */
function asFarAsItCame(disk: MemoryDisk, torn: readonly EncodedTransaction[]): void {
  const { revision } = disk;
  disk.commit(torn);
  disk.revision = revision;
}

function oneEpoch(engine: StoreEngine): StoreEngine {
  return wrapped(engine, { open: async () => ({ ...(await engine.open()), epoch: 1 }) });
}
