import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { ObjectStore, StoredObject, StoreEvent, TransactionResult } from '../store/types.ts';
import { bindingOf, unschedulableOf } from './binding.ts';
import { boardFacts, type PodFacts, podFacts } from './facts.ts';
import { explain, placePod } from './plan.ts';
import { Snapshot } from './snapshot.ts';

type Message =
  | { readonly type: 'changes'; readonly events: readonly StoreEvent[] }
  | { readonly type: 'plan' }
  | { readonly type: 'retry-waiting' }
  | {
      readonly type: 'bound';
      readonly pod: PodFacts;
      readonly node: string;
      readonly result: TransactionResult;
    }
  | { readonly type: 'noted'; readonly pod: PodFacts; readonly result: TransactionResult }
  | { readonly type: 'store-failed'; readonly pod: PodFacts; readonly error: unknown };

interface State {
  readonly snapshot: Snapshot;
  /** Pods to place, first come first served. */
  readonly queue: Map<string, PodFacts>;
  /** Pods that no board could take, and the reasons last told. */
  readonly waiting: Map<string, { readonly pod: PodFacts; readonly told: string }>;
  stopWatch: () => void;
  planned: boolean;
}

export interface SchedulerPorts {
  readonly store: ObjectStore;
  readonly events: EventRecorder;
  /** Told of each binding that is on disk, for `bramble trace`. */
  readonly onBound: (pod: PodFacts, node: string) => void;
}

const podPrefix = '/registry/pods/';
const nodePrefix = '/registry/nodes/';
/** Planning lets others have their turn after this long. */
const planSliceMs = 5;
/** A safety net; what changes wakes the waiting pods anyway. */
const retryWaitingMs = 60_000;

/** Watches pods and boards, and binds pods to boards: a write to the store. Rebuilds everything from the store when started. */
export function scheduler(ports: SchedulerPorts): Actor<State, Message> {
  return {
    start: (ctx) => start(ports, ctx),
    receive(state, message, ctx) {
      handle(ports, state, message, ctx);
      return state;
    },
    stopped: (state) => state.stopWatch(),
  };
}

function start({ store }: SchedulerPorts, ctx: ActorContext<Message>): State {
  const state: State = {
    snapshot: new Snapshot(),
    queue: new Map(),
    waiting: new Map(),
    stopWatch: () => {},
    planned: false,
  };
  const watch = store.watch({
    prefix: '/registry/',
    from: undefined,
    onEvents: ctx.listen((events: readonly StoreEvent[]) => ({ type: 'changes', events })),
  });
  if (!watch.ok) throw new Error('the store refuses a watch from now on');
  state.stopWatch = watch.stop;
  for (const stored of store.list(nodePrefix)) state.snapshot.putBoard(boardFacts(stored.object));
  for (const stored of store.list(podPrefix)) podChanged(state, stored, false);
  ctx.setTimer('retry', retryWaitingMs, { type: 'retry-waiting' });
  wake(state, ctx);
  return state;
}

function handle(ports: SchedulerPorts, state: State, message: Message, ctx: ActorContext<Message>): void {
  switch (message.type) {
    case 'changes':
      for (const event of message.events) changed(state, event);
      break;
    case 'plan':
      state.planned = false;
      plan(ports, state, ctx);
      break;
    case 'retry-waiting':
      requeueWaiting(state);
      ctx.setTimer('retry', retryWaitingMs, { type: 'retry-waiting' });
      break;
    case 'bound':
      bound(ports, state, message);
      break;
    case 'noted':
      break;
    case 'store-failed':
      state.snapshot.remove(message.pod.key);
      state.queue.set(message.pod.key, message.pod);
      ctx.log('warn', 'a binding could not be stored', { pod: message.pod.key, error: message.error });
      ctx.setTimer('plan', 1_000, { type: 'plan' });
      state.planned = true;
      break;
  }
  wake(state, ctx);
}

function wake(state: State, ctx: ActorContext<Message>): void {
  if (state.planned || state.queue.size === 0) return;
  state.planned = true;
  // Through a timer and not the inbox: the changes that are under way come first.
  ctx.setTimer('plan', 0, { type: 'plan' });
}

function changed(state: State, event: StoreEvent): void {
  const { key, object } = event.stored;
  if (key.startsWith(podPrefix)) podChanged(state, event.stored, event.type === 'deleted');
  else if (key.startsWith(nodePrefix)) {
    if (event.type === 'deleted') state.snapshot.removeBoard(object.metadata.name);
    else {
      const before = state.snapshot.boards.get(object.metadata.name)?.facts;
      const facts = boardFacts(object);
      // A heartbeat's write changes nothing that a filter reads.
      if (before && JSON.stringify(before) === JSON.stringify(facts)) return;
      state.snapshot.updateBoard(facts);
      requeueWaiting(state);
    }
  }
}

function podChanged(state: State, stored: StoredObject, deleted: boolean): void {
  const pod = podFacts(stored.key, stored.object);
  if (deleted || pod.finished) {
    state.queue.delete(pod.key);
    state.waiting.delete(pod.key);
    if (state.snapshot.remove(pod.key)) requeueWaiting(state);
    return;
  }
  if (pod.nodeName !== undefined) {
    state.queue.delete(pod.key);
    state.waiting.delete(pod.key);
    state.snapshot.place(pod, pod.nodeName);
    return;
  }
  // While its binding is under way the pod counts as placed, whatever else is written to it.
  if (state.snapshot.isPlaced(pod.key)) return;
  if (pod.deleting || pod.gated) {
    state.queue.delete(pod.key);
    state.waiting.delete(pod.key);
    return;
  }
  const waiting = state.waiting.get(pod.key);
  // Our own condition comes back as a change; a pod whose wishes did not change need not be tried again.
  if (waiting && JSON.stringify(waiting.pod.spec) === JSON.stringify(pod.spec)) return;
  if (stored.object['spec'] && (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler')
    state.queue.set(pod.key, pod);
}

function requeueWaiting(state: State): void {
  for (const [key, { pod }] of state.waiting) if (!state.queue.has(key)) state.queue.set(key, pod);
}

function plan(ports: SchedulerPorts, state: State, ctx: ActorContext<Message>): void {
  const began = ctx.host.monotonic();
  for (const [key, pod] of state.queue) {
    state.queue.delete(key);
    const placement = placePod(pod, state.snapshot, ctx.host.random());
    if (placement.placed) bind(ports, state, pod, placement.node, ctx);
    else refuse(ports, state, pod, explain(placement.refusals), ctx);
    if (ctx.host.monotonic() - began > planSliceMs) return;
  }
}

function bind(
  { store }: SchedulerPorts,
  state: State,
  pod: PodFacts,
  node: string,
  ctx: ActorContext<Message>,
): void {
  const stored = store.get(pod.key);
  if (!stored || stored.object.metadata.uid !== pod.uid || stored.object.metadata.deletionTimestamp) return;
  state.snapshot.place(pod, node);
  state.waiting.delete(pod.key);
  ctx.pipe(
    store.commit({
      conditions: [{ key: pod.key, revision: stored.revision }],
      writes: [{ type: 'put', key: pod.key, object: bindingOf(stored.object, node, ctx.host) }],
    }),
    (result) => ({ type: 'bound', pod, node, result }),
    (error) => ({ type: 'store-failed', pod, error }),
  );
}

function bound(
  { events, onBound }: SchedulerPorts,
  state: State,
  message: Extract<Message, { type: 'bound' }>,
): void {
  const { pod, node, result } = message;
  if (result.ok) {
    onBound(pod, node);
    const about = result.objects[0]?.object;
    const text = `Successfully assigned ${pod.namespace}/${pod.name} to ${node}`;
    if (about)
      events.send({
        type: 'note',
        note: { type: 'Normal', reason: 'Scheduled', message: text, source: 'bramble-scheduler', about },
      });
    return;
  }
  // Written to, bound by hand, or deleted in the meantime: what the store holds now decides.
  const current = result.reason === 'conflict' ? result.current : undefined;
  if (current && (current.object['spec'] as { nodeName?: string } | undefined)?.nodeName) return;
  state.snapshot.remove(pod.key);
  if (current) podChanged(state, current, false);
  else if (result.reason === 'unavailable') state.queue.set(pod.key, pod);
}

function refuse(
  { store, events }: SchedulerPorts,
  state: State,
  pod: PodFacts,
  why: string,
  ctx: ActorContext<Message>,
): void {
  const told = state.waiting.get(pod.key)?.told;
  state.waiting.set(pod.key, { pod, told: why });
  if (told === why) return;
  const stored = store.get(pod.key);
  if (!stored || stored.object.metadata.uid !== pod.uid) return;
  events.send({
    type: 'note',
    note: {
      type: 'Warning',
      reason: 'FailedScheduling',
      message: why,
      source: 'bramble-scheduler',
      about: stored.object,
      replaces: true,
    },
  });
  ctx.pipe(
    store.commit({
      conditions: [{ key: pod.key, revision: stored.revision }],
      writes: [{ type: 'put', key: pod.key, object: unschedulableOf(stored.object, why, ctx.host) }],
    }),
    (result) => ({ type: 'noted', pod, result }),
    (error) => ({ type: 'store-failed', pod, error }),
  );
}
