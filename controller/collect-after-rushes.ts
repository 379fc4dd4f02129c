import type { Host } from '@bramble/actors/index.ts';
import { collectGarbage } from '@bramble/adapters/host/garbage.ts';
import { RushWatch } from './rush.ts';
import type { StoreCache } from './store/store-cache.ts';

const lookMs = 1_000;
/** Where nothing happens, nobody is woken each second for it. */
const restMs = 10_000;

/** Gives back what many writes have left in this thread, once it is calm again. Answers with what ends the watch. */
export function collectAfterRushes(
  host: Pick<Host, 'timer'>,
  store: Pick<StoreCache, 'revision' | 'counts'>,
  collect: () => void = collectGarbage,
): () => void {
  const watch = new RushWatch(store.revision);
  const look = (): void => {
    if (watch.look(store.counts.objects, store.revision)) collect();
    cancel = host.timer(watch.atRest ? restMs : lookMs, look);
  };
  let cancel = host.timer(lookMs, look);
  return () => cancel();
}
