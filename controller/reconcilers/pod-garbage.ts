import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import type { ObjectStore, StoredObject } from '../store/types.ts';

type Message = { readonly type: 'look' } | { readonly type: 'done' };

/** Rare work on leftovers: a minute does not matter. */
const lookEveryMs = 20_000;
const batch = 100;

/** Removes pods that are being deleted and wait for a board that was itself removed: nobody else can say that they are gone. */
export function podGarbage(store: ObjectStore): Actor<null, Message> {
  return {
    start(ctx) {
      ctx.setTimer('look', lookEveryMs, { type: 'look' });
      return null;
    },
    receive(state, message, ctx) {
      if (message.type === 'look') look(store, ctx);
      else ctx.setTimer('look', lookEveryMs, { type: 'look' });
      return state;
    },
  };
}

function look(store: ObjectStore, ctx: ActorContext<Message>): void {
  const orphans = store
    .list('/registry/pods/')
    .filter((pod) => isOrphan(store, pod))
    .slice(0, batch);
  const removals = orphans.map(({ key, revision }) =>
    store.commit({ conditions: [{ key, revision }], writes: [{ type: 'delete', key }] }),
  );
  ctx.pipe(
    Promise.allSettled(removals),
    (): Message => ({ type: 'done' }),
    (): Message => ({ type: 'done' }),
  );
}

function isOrphan(store: ObjectStore, { object }: StoredObject): boolean {
  const node = (object['spec'] as { nodeName?: string } | undefined)?.nodeName;
  if (object.metadata.deletionTimestamp === undefined || !node) return false;
  return !store.get(`/registry/nodes/${node}`) && !store.get(`/bramble/boards/${node}`);
}
