import type { Actor, ActorContext, ActorRef } from '@bramble/actors/index.ts';
import type { KubeObject } from '@bramble/protocol/kube.ts';
import { limits } from '@bramble/protocol/limits.ts';
import { randomUuid } from '../random-id.ts';
import type { ObjectStore, StoredObject } from '../store/types.ts';
import { timestamp } from '../time.ts';
import { eventName } from './event-name.ts';

/** Something worth telling about an object; becomes a core/v1 Event. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Who noticed: `bramble-scheduler`, `bramble-agent`, … */
  readonly source: string;
  readonly node?: string;
  readonly about: KubeObject;
  /** Within `spec.containers{web}`, where the note is about one container. */
  readonly fieldPath?: string;
  /** A newer note takes the place of the older one of this object and reason, message and all, instead of a second event. */
  readonly replaces?: boolean;
  /** When it happened, where somebody else saw it; milliseconds since the epoch. Absent: now. */
  readonly atMs?: number;
}

type Message =
  | { readonly type: 'note'; readonly note: EventNote }
  | { readonly type: 'written'; readonly id: string; readonly key: string | undefined };

export type EventRecorder = ActorRef<{ readonly type: 'note'; readonly note: EventNote }>;

/** Series remembered for counting; beyond that the oldest begins a new event. */
const rememberedSeries = 4_096;

interface State {
  /** Identity of a series → the key of its event, or `undefined` while the first write is under way. */
  readonly series: Map<string, string | undefined>;
  /** The newest note of a series whose write is under way, and how many there were. */
  readonly waiting: Map<string, { readonly entry: EventNote; readonly times: number }>;
  /** Names of events that were given out, in order within a millisecond. */
  notes: number;
}

/** Writes events, and counts repeated ones in the event that stands already. Loses some under overload: they are news. */
export function eventRecorder(store: ObjectStore): Actor<State, Message> {
  return {
    inbox: { capacity: 2_000, overflow: 'drop-oldest' },
    start: () => ({ series: new Map(), waiting: new Map(), notes: 0 }),
    receive(state, message, ctx) {
      if (message.type === 'note') note(store, state, message.note, ctx);
      else written(store, state, message.id, message.key, ctx);
      return state;
    },
  };
}

function note(
  store: ObjectStore,
  state: State,
  entry: EventNote,
  ctx: ActorContext<Message>,
  times = 1,
): void {
  const id = seriesOf(entry);
  if (state.series.has(id) && state.series.get(id) === undefined) {
    state.waiting.set(id, { entry, times: (state.waiting.get(id)?.times ?? 0) + times });
    return;
  }
  const key = state.series.get(id);
  const standing = key === undefined ? undefined : store.get(key);
  state.notes += 1;
  const event = standing ? again(standing, entry, times, ctx) : first(entry, times, state.notes, ctx);
  const eventKey = standing?.key ?? `/registry/events/${event.metadata.namespace}/${event.metadata.name}`;
  remember(state, id, undefined);
  ctx.pipe(
    store.commit({ conditions: [], writes: [{ type: 'put', key: eventKey, object: event }] }),
    (result) => ({ type: 'written', id, key: result.ok ? eventKey : undefined }),
    () => ({ type: 'written', id, key: undefined }),
  );
}

function written(
  store: ObjectStore,
  state: State,
  id: string,
  key: string | undefined,
  ctx: ActorContext<Message>,
): void {
  if (key === undefined) state.series.delete(id);
  else remember(state, id, key);
  const next = state.waiting.get(id);
  state.waiting.delete(id);
  if (next) note(store, state, next.entry, ctx, next.times);
}

function remember(state: State, id: string, key: string | undefined): void {
  state.series.delete(id);
  state.series.set(id, key);
  if (state.series.size <= rememberedSeries) return;
  const oldest = state.series.keys().next().value;
  if (oldest !== undefined) state.series.delete(oldest);
}

function seriesOf({ about, type, reason, message, source, fieldPath, replaces }: EventNote): string {
  const what = replaces ? '' : message;
  return [about.metadata.uid, fieldPath, type, reason, source, what].join('\n');
}

function first(entry: EventNote, times: number, serial: number, ctx: ActorContext<Message>): KubeObject {
  const { about } = entry;
  const atMs = happenedAtMs(entry, ctx);
  const time = timestamp({ now: () => atMs });
  const namespace = about.metadata.namespace ?? 'default';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: eventName(about.metadata.name, atMs, serial),
      namespace,
      uid: randomUuid(ctx.host),
      creationTimestamp: time,
    },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: about.metadata.name,
      ...(about.metadata.namespace ? { namespace } : {}),
      uid: about.metadata.uid,
      resourceVersion: about.metadata.resourceVersion,
      ...(entry.fieldPath ? { fieldPath: entry.fieldPath } : {}),
    },
    type: entry.type,
    reason: entry.reason,
    message: entry.message.slice(0, 1_024),
    source: { component: entry.source, ...(entry.node ? { host: entry.node } : {}) },
    reportingComponent: entry.source,
    reportingInstance: entry.node ?? '',
    firstTimestamp: time,
    lastTimestamp: time,
    count: times,
  };
}

function again(
  standing: StoredObject,
  entry: EventNote,
  times: number,
  ctx: ActorContext<Message>,
): KubeObject {
  const count = Number(standing.object['count'] ?? 1) + times;
  return {
    ...standing.object,
    count,
    lastTimestamp: timestamp({ now: () => happenedAtMs(entry, ctx) }),
    message: entry.message.slice(0, 1_024),
  };
}

/** A board's clock may be wrong by years: what it calls the future, or long over, happened now. */
function happenedAtMs({ atMs }: EventNote, ctx: ActorContext<Message>): number {
  const nowMs = ctx.host.now();
  if (atMs === undefined || atMs > nowMs || atMs < nowMs - limits.eventLifetimeMs) return nowMs;
  return atMs;
}
