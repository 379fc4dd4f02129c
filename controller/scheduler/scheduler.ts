import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { UnclaimedPods } from '../fleet/unclaimed.ts';
import type { ObjectStore, StoreEvent, TransactionResult } from '../store/types.ts';
import { bindingOf, unschedulableOf } from './binding.ts';
import { boardFacts, type PodFacts } from './facts.ts';
import type { Refusal } from './filters.ts';
import { explain, placePod, summaryOf } from './plan.ts';
import {
  changed,
  forgetTold,
  nodePrefix,
  podChanged,
  podPrefix,
  requeueWaiting,
  type SchedulerState,
  stillWants,
  unclaimedChanged,
} from './queue.ts';
import { Snapshot } from './snapshot.ts';

type Message =
  | { readonly type: 'changes'; readonly events: readonly StoreEvent[] }
  | { readonly type: 'unclaimed'; readonly node: string }
  | { readonly type: 'plan' }
  | { readonly type: 'retry-waiting' }
  | {
      readonly type: 'bound';
      readonly pod: PodFacts;
      readonly node: string;
      readonly result: TransactionResult;
    }
  | {
      readonly type: 'noted';
      readonly pod: PodFacts;
      readonly why: string;
      readonly result: TransactionResult;
    }
  /** `placed`: the binding, whose outcome is unknown; otherwise the reason why the pod waits. */
  | {
      readonly type: 'store-failed';
      readonly pod: PodFacts;
      readonly placed: boolean;
      readonly error: unknown;
    };

export interface SchedulerPorts {
  readonly store: ObjectStore;
  readonly events: EventRecorder;
  /** Pods of other stores, which take room on their boards all the same. */
  readonly unclaimed?: UnclaimedPods;
  /** Told of each binding that is on disk, for `bramble trace`. */
  readonly onBound: (pod: PodFacts, node: string) => void;
}

/** Planning lets others have their turn after this long. */
const planSliceMs = 5;
/** A safety net; what changes wakes the waiting pods anyway. How much is free where is told this often at most. */
const retryWaitingMs = 60_000;
const storeRetryMs = 1_000;

/** Watches pods and boards, and binds pods to boards: a write to the store. Rebuilds everything from the store when started. */
export function scheduler(ports: SchedulerPorts): Actor<SchedulerState, Message> {
  return {
    start: (ctx) => start(ports, ctx),
    receive(state, message, ctx) {
      handle(ports, state, message, ctx);
      return state;
    },
    stopped: (state) => state.stopWatch(),
  };
}

function start({ store, unclaimed }: SchedulerPorts, ctx: ActorContext<Message>): SchedulerState {
  const state: SchedulerState = {
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
  const stopUnclaimed = unclaimed?.onChange(ctx.listen((node: string) => ({ type: 'unclaimed', node })));
  state.stopWatch = () => {
    watch.stop();
    stopUnclaimed?.();
  };
  for (const stored of store.list(nodePrefix)) state.snapshot.putBoard(boardFacts(stored.object));
  for (const stored of store.list(podPrefix)) podChanged(state, stored, false);
  for (const { node } of unclaimed?.all ?? []) unclaimedChanged(state, node, unclaimed?.on(node) ?? []);
  ctx.setTimer('retry', retryWaitingMs, { type: 'retry-waiting' });
  wake(state, ctx);
  return state;
}

function handle(
  ports: SchedulerPorts,
  state: SchedulerState,
  message: Message,
  ctx: ActorContext<Message>,
): void {
  switch (message.type) {
    case 'changes':
      for (const event of message.events) changed(state, event);
      break;
    case 'unclaimed':
      unclaimedChanged(state, message.node, ports.unclaimed?.on(message.node) ?? []);
      break;
    case 'plan':
      state.planned = false;
      plan(ports, state, ctx);
      break;
    case 'retry-waiting':
      for (const [key, waiting] of state.waiting) state.waiting.set(key, { ...waiting, due: true });
      requeueWaiting(state);
      ctx.setTimer('retry', retryWaitingMs, { type: 'retry-waiting' });
      break;
    case 'bound':
      bound(ports, state, message, ctx);
      break;
    case 'noted':
      noted(ports, state, message);
      break;
    case 'store-failed':
      ctx.log('warn', 'the store did not take what was decided', {
        pod: message.pod.key,
        error: message.error,
      });
      if (message.placed) reconsider(ports, state, message.pod);
      else forgetTold(state, message.pod);
      pause(state, ctx);
      break;
  }
  wake(state, ctx);
}

/** A store that cannot write is left alone for a while. */
function pause(state: SchedulerState, ctx: ActorContext<Message>): void {
  state.planned = true;
  ctx.setTimer('plan', storeRetryMs, { type: 'plan' });
}

/** After a binding that did not come about, or whose outcome is unknown: what the store holds now decides. */
function reconsider({ store }: SchedulerPorts, state: SchedulerState, pod: PodFacts): void {
  if (state.snapshot.uidAt(pod.key) !== pod.uid) return;
  state.snapshot.remove(pod.key);
  const current = store.get(pod.key);
  if (current) podChanged(state, current, false);
}

function wake(state: SchedulerState, ctx: ActorContext<Message>): void {
  if (state.planned || state.queue.size === 0) return;
  state.planned = true;
  // Through a timer and not the inbox: the changes that are under way come first.
  ctx.setTimer('plan', 0, { type: 'plan' });
}

function plan(ports: SchedulerPorts, state: SchedulerState, ctx: ActorContext<Message>): void {
  const began = ctx.host.monotonic();
  for (const [key, pod] of state.queue) {
    state.queue.delete(key);
    const placement = placePod(pod, state.snapshot, ctx.host.random());
    if (placement.placed) bind(ports, state, pod, placement.node, ctx);
    else refuse(ports, state, pod, placement.refusals, ctx);
    if (ctx.host.monotonic() - began > planSliceMs) return;
  }
}

function bind(
  { store }: SchedulerPorts,
  state: SchedulerState,
  pod: PodFacts,
  node: string,
  ctx: ActorContext<Message>,
): void {
  const stored = store.get(pod.key);
  // The store may be ahead of the changes told here: what was bound by hand a moment ago is never bound again (G3).
  if (!stored || !stillWants(stored, pod)) return;
  state.snapshot.place(pod, node);
  state.waiting.delete(pod.key);
  ctx.pipe(
    store.commit({
      conditions: [{ key: pod.key, revision: stored.revision }],
      writes: [{ type: 'put', key: pod.key, object: bindingOf(stored.object, node, ctx.host) }],
    }),
    (result) => ({ type: 'bound', pod, node, result }),
    (error) => ({ type: 'store-failed', pod, placed: true, error }),
  );
}

function bound(
  ports: SchedulerPorts,
  state: SchedulerState,
  { pod, node, result }: Extract<Message, { type: 'bound' }>,
  ctx: ActorContext<Message>,
): void {
  if (!result.ok) {
    // Written to, bound by hand, or deleted in the meantime.
    reconsider(ports, state, pod);
    if (result.reason === 'unavailable') pause(state, ctx);
    return;
  }
  ports.onBound(pod, node);
  const about = result.objects[0]?.object;
  if (!about) return;
  const message = `Successfully assigned ${pod.namespace}/${pod.name} to ${node}`;
  const note = { type: 'Normal', reason: 'Scheduled', message, source: 'bramble-scheduler', about } as const;
  ports.events.send({ type: 'note', note });
}

function refuse(
  { store }: SchedulerPorts,
  state: SchedulerState,
  pod: PodFacts,
  refusals: ReadonlyMap<string, Refusal>,
  ctx: ActorContext<Message>,
): void {
  const stored = store.get(pod.key);
  if (!stored || !stillWants(stored, pod)) return;
  const summary = summaryOf(refusals);
  const why = explain(refusals);
  const before = state.waiting.get(pod.key);
  // Each pod that comes or goes changes how much is free where: that alone is not worth a write at once.
  const isNews = before === undefined || (before.due ? before.why !== why : before.summary !== summary);
  if (!isNews) {
    state.waiting.set(pod.key, { ...before, pod, due: false });
    return;
  }
  state.waiting.set(pod.key, { pod, summary, why, due: false });
  ctx.pipe(
    store.commit({
      conditions: [{ key: pod.key, revision: stored.revision }],
      writes: [{ type: 'put', key: pod.key, object: unschedulableOf(stored.object, why, ctx.host) }],
    }),
    (result) => ({ type: 'noted', pod, why, result }),
    (error) => ({ type: 'store-failed', pod, placed: false, error }),
  );
}

function noted(
  { events }: SchedulerPorts,
  state: SchedulerState,
  { pod, why, result }: Extract<Message, { type: 'noted' }>,
): void {
  if (!result.ok) {
    forgetTold(state, pod);
    // Somebody else wrote to the pod at this moment.
    const waiting = state.waiting.get(pod.key);
    if (result.reason === 'conflict' && waiting?.pod.uid === pod.uid) state.queue.set(pod.key, pod);
    return;
  }
  const about = result.objects[0]?.object;
  if (!about) return;
  events.send({
    type: 'note',
    note: {
      type: 'Warning',
      reason: 'FailedScheduling',
      message: why,
      source: 'bramble-scheduler',
      about,
      replaces: true,
    },
  });
}
