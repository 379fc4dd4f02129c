import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import type { ObjectStore, StoredObject } from '../store/types.ts';

type Message = { readonly type: 'look' } | { readonly type: 'done' };

interface State {
  /** Uids of pods without a Node at the last look. One look is not enough: a live board's Node comes back by itself. */
  suspects: ReadonlySet<string>;
}

/** Rare work on leftovers: a minute does not matter. */
const lookEveryMs = 20_000;
const batch = 100;

/** Removes pods that are being deleted and wait for a board whose Node was removed: nobody else can say that they are gone. */
export function podGarbage(store: ObjectStore): Actor<State, Message> {
  return {
    start(ctx) {
      ctx.setTimer('look', lookEveryMs, { type: 'look' });
      return { suspects: new Set() };
    },
    receive(state, message, ctx) {
      if (message.type === 'look') look(store, state, ctx);
      else ctx.setTimer('look', lookEveryMs, { type: 'look' });
      return state;
    },
  };
}

function look(store: ObjectStore, state: State, ctx: ActorContext<Message>): void {
  const orphans = store.list('/registry/pods/').filter((pod) => isOrphan(store, pod));
  const before = state.suspects;
  state.suspects = new Set(orphans.map(uidOf));
  const removals = orphans
    .filter((pod) => before.has(uidOf(pod)))
    .slice(0, batch)
    .map(({ key, revision }) =>
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
  if ((object.metadata.finalizers ?? []).length > 0) return false;
  return !store.get(`/registry/nodes/${node}`);
}

function uidOf({ object }: StoredObject): string {
  return object.metadata.uid ?? '';
}
