import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import { limits } from '@bramble/protocol/limits.ts';
import type { ObjectStore, StoredObject } from './types.ts';

export interface EventExpiryOptions {
  readonly lifetimeMs?: number;
  /** Events kept in all; the oldest go first. */
  readonly quota?: number;
  readonly intervalMs?: number;
  /** Deletions asked of the store at once: they share a sync. */
  readonly batch?: number;
}

type Message =
  | { readonly type: 'look' }
  | { readonly type: 'deleted' }
  | { readonly type: 'failed'; readonly error: unknown };

interface State {
  /** Found at the last look, and not deleted yet. */
  readonly expired: readonly StoredObject[];
}

const eventsPrefix = '/registry/events/';

/** Deletes Kubernetes' Event objects that are too old or too many, a batch after the other. */
export function eventExpiry(store: ObjectStore, options: EventExpiryOptions = {}): Actor<State, Message> {
  const {
    lifetimeMs = limits.eventLifetimeMs,
    quota = limits.storedEvents,
    intervalMs = 60_000,
    batch = 100,
  } = options;
  return {
    start(ctx) {
      ctx.setTimer('look', intervalMs, { type: 'look' });
      return { expired: [] };
    },
    receive(state, message, ctx) {
      const expired = remaining(state, message, ctx);
      if (expired.length === 0) ctx.setTimer('look', intervalMs, { type: 'look' });
      else deleteBatch(store, expired.slice(0, batch), ctx);
      return { expired: expired.slice(batch) };
    },
  };

  function remaining(state: State, message: Message, ctx: ActorContext<Message>): readonly StoredObject[] {
    if (message.type === 'deleted') return state.expired;
    if (message.type === 'look')
      return chooseExpired(store.list(eventsPrefix), ctx.host.now() - lifetimeMs, quota);
    // Full, or too busy for what can wait: the next look finds them again.
    ctx.log('warn', 'old events could not be deleted', { error: message.error });
    return [];
  }
}

/** Those last seen before `beforeMs`, and the oldest of what is above the quota. */
export function chooseExpired(
  events: readonly StoredObject[],
  beforeMs: number,
  quota: number,
): StoredObject[] {
  const byAge = events
    .map((stored) => ({ stored, atMs: lastSeenMs(stored) }))
    .sort((a, b) => a.atMs - b.atMs);
  const tooMany = Math.max(0, byAge.length - quota);
  return byAge.filter(({ atMs }, index) => index < tooMany || atMs < beforeMs).map(({ stored }) => stored);
}

/** Milliseconds since the epoch; 0 for an event that does not say. */
function lastSeenMs({ object }: StoredObject): number {
  const series = object['series'] as { lastObservedTime?: unknown } | undefined;
  const times = [
    object['lastTimestamp'],
    series?.lastObservedTime,
    object['eventTime'],
    object.metadata.creationTimestamp,
  ];
  const said = times.find((time) => typeof time === 'string' && !Number.isNaN(Date.parse(time)));
  return typeof said === 'string' ? Date.parse(said) : 0;
}

/** One transaction each: an event that was counted up meanwhile stays, and the others go. */
function deleteBatch(store: ObjectStore, events: readonly StoredObject[], ctx: ActorContext<Message>): void {
  const deletions = events.map(({ key, revision }) =>
    store.commit({ conditions: [{ key, revision }], writes: [{ type: 'delete', key }] }),
  );
  ctx.pipe(
    Promise.all(deletions),
    () => ({ type: 'deleted' }),
    (error) => ({ type: 'failed', error }),
  );
}
