import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { UnclaimedPods } from '../fleet/unclaimed.ts';
import type { ObjectStore, StoreEvent, TransactionResult } from '../store/types.ts';
import { bindingOf } from './binding.ts';
import { type Explanation, explanationOf } from './explain.ts';
import { boardFacts, type PodFacts } from './facts.ts';
import { placePod } from './plan.ts';
import {
  changed,
  left,
  nodePrefix,
  podChanged,
  podPrefix,
  type SchedulerState,
  stillWants,
  unclaimedChanged,
} from './queue.ts';
import { Snapshot } from './snapshot.ts';
import { forgetTold, noted, tell, tellSome } from './telling.ts';
import { isNews, WaitingPods } from './waiting.ts';

export type Message =
  | { readonly type: 'changes'; readonly events: readonly StoreEvent[] }
  | { readonly type: 'unclaimed'; readonly node: string }
  | { readonly type: 'plan' }
  | { readonly type: 'tell' }
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

type Context = ActorContext<Message>;

export interface SchedulerPorts {
  readonly store: ObjectStore;
  readonly events: EventRecorder;
  /** Pods of other stores, which take room on their boards all the same. */
  readonly unclaimed?: UnclaimedPods;
  /** Told of each binding that is on disk, for `bramble trace`. */
  readonly onBound: (pod: PodFacts, node: string) => void;
}

/** Planning lets others have their turn after this long; pods that wait and pods that are new share it. */
const planSliceMs = 4;
/** Some batches of the store. More would wait there in the way of everybody else's writes, until it refuses to take more. */
const mostUnderWay = 512;
/** A safety net; what changes wakes the waiting pods anyway. How much is free where is told this often at most. */
const retryWaitingMs = 60_000;
const storeRetryMs = 1_000;

/** Watches pods and boards, and binds pods to boards: a write to the store. Rebuilds everything from the store when started. */
export function scheduler(ports: SchedulerPorts): Actor<SchedulerState, Message> {
  return {
    start: (ctx) => start(ports, ctx),
    receive(state, message, ctx) {
      handle(ports, state, message, ctx);
      wake(state, ctx);
      return state;
    },
    stopped: (state) => state.stopWatch(),
  };
}

function start({ store, unclaimed }: SchedulerPorts, ctx: Context): SchedulerState {
  const state: SchedulerState = {
    snapshot: new Snapshot(),
    queue: new Map(),
    waiting: new WaitingPods(),
    freed: new Set(),
    stopWatch: () => {},
    underWay: 0,
    planned: false,
    tellPlanned: false,
    planFromMs: 0,
    tellFromMs: 0,
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

function handle(ports: SchedulerPorts, state: SchedulerState, message: Message, ctx: Context): void {
  switch (message.type) {
    case 'changes':
      for (const event of message.events) changed(state, event);
      // With more changes under way it would be planned on what is no longer so.
      if (ctx.pending === 0 && mayPlan(state) && ctx.host.monotonic() >= state.planFromMs)
        plan(ports, state, ctx);
      return;
    case 'unclaimed':
      unclaimedChanged(state, message.node, ports.unclaimed?.on(message.node) ?? []);
      return;
    case 'plan':
      state.planned = false;
      if (ctx.host.monotonic() >= state.planFromMs) plan(ports, state, ctx);
      return;
    case 'tell':
      state.tellPlanned = false;
      if (ctx.host.monotonic() >= state.tellFromMs) tellSome(ports.store, state, ctx);
      return;
    case 'retry-waiting':
      state.waiting.lookAgain();
      ctx.setTimer('retry', retryWaitingMs, { type: 'retry-waiting' });
      return;
    case 'bound':
      state.underWay -= 1;
      bound(ports, state, message, ctx);
      return;
    case 'noted':
      state.underWay -= 1;
      noted(ports.events, state, message);
      if (!message.result.ok && message.result.reason === 'unavailable') pause(state, ctx);
      return;
    case 'store-failed':
      state.underWay -= 1;
      ctx.log('warn', 'the store did not take what was decided', {
        pod: message.pod.key,
        error: message.error,
      });
      if (message.placed) reconsider(ports, state, message.pod);
      else forgetTold(state, message.pod);
      pause(state, ctx);
  }
}

/** A store that cannot write is left alone for a while. */
function pause(state: SchedulerState, ctx: Context): void {
  state.planFromMs = ctx.host.monotonic() + storeRetryMs;
  state.tellFromMs = state.planFromMs;
}

/** After a binding that did not come about, or whose outcome is unknown: what the store holds now decides. */
function reconsider({ store }: SchedulerPorts, state: SchedulerState, pod: PodFacts): void {
  if (state.snapshot.podAt(pod.key)?.uid !== pod.uid) return;
  left(state, state.snapshot.remove(pod.key));
  const current = store.get(pod.key);
  if (current) podChanged(state, current, false);
}

function wake(state: SchedulerState, ctx: Context): void {
  const { waiting, freed } = state;
  if (waiting.size === 0) freed.clear();
  const nowMs = ctx.host.monotonic();
  if (mayPlan(state)) {
    state.planned = true;
    // Into the inbox: the changes that are under way wait in the lane of signals, and come first.
    if (nowMs >= state.planFromMs) ctx.self.send({ type: 'plan' });
    else ctx.setTimer('plan', state.planFromMs - nowMs, { type: 'plan' });
  }
  if (state.tellPlanned || !(waiting.untold.size > 0 || waiting.isStale)) return;
  state.tellPlanned = true;
  ctx.setTimer('tell', Math.max(0, state.tellFromMs - nowMs), { type: 'tell' });
}

/** Whether there is something to plan, and nobody is about to. */
function mayPlan({ queue, waiting, freed, planned, underWay }: SchedulerState): boolean {
  const someoneMayFit = waiting.size > 0 && freed.size > 0;
  const toPlan = queue.size > 0 || waiting.hopeful.size > 0 || someoneMayFit;
  return toPlan && !planned && underWay < mostUnderWay;
}

/** Some of what there is to do, and of each kind at least one. */
function plan(ports: SchedulerPorts, state: SchedulerState, ctx: Context): void {
  const { snapshot, queue, waiting, freed } = state;
  some(freed, state, ctx, (node) => {
    freed.delete(node);
    const board = snapshot.boards.get(node);
    if (board) waiting.offer(board);
  });
  some(hopefulPods(waiting), state, ctx, (pod) => place(ports, state, pod, ctx));
  some(queue.values(), state, ctx, (pod) => place(ports, state, pod, ctx));
}

function some<T>(items: Iterable<T>, state: SchedulerState, ctx: Context, work: (item: T) => void): void {
  const began = ctx.host.monotonic();
  for (const item of items) {
    work(item);
    if (ctx.host.monotonic() - began > planSliceMs / 2 || state.underWay >= mostUnderWay) return;
  }
}

/** Those that wait longest first, until one of a group is refused. */
function* hopefulPods(waiting: WaitingPods): Iterable<PodFacts> {
  for (const group of waiting.hopeful) {
    for (const { pod } of group.pods.values()) {
      yield pod;
      if (!waiting.hopeful.has(group)) break;
    }
    waiting.hopeful.delete(group);
  }
}

function place(ports: SchedulerPorts, state: SchedulerState, known: PodFacts, ctx: Context): void {
  const { snapshot, queue, waiting } = state;
  // What a pod that waits asks for since it was changed is in the queue.
  const pod = queue.get(known.key) ?? known;
  queue.delete(pod.key);
  const group = waiting.groupOf(pod);
  if (group && !waiting.hopeful.has(group)) {
    refuse(ports, state, pod, group.explanation, ctx);
    return;
  }
  const placement = placePod(pod, snapshot, ctx.host.random());
  if (placement.placed) {
    bind(ports, state, pod, placement.node, ctx);
    return;
  }
  const explanation = explanationOf(placement.refusals);
  if (group) waiting.explained(group, explanation);
  refuse(ports, state, pod, explanation, ctx);
}

function bind(
  { store }: SchedulerPorts,
  state: SchedulerState,
  pod: PodFacts,
  node: string,
  ctx: Context,
): void {
  const stored = store.get(pod.key);
  // The store may be ahead of the changes told here: what was bound by hand a moment ago is never bound again (G3).
  if (!stored || !stillWants(stored, pod)) return;
  state.snapshot.place(pod, node);
  state.waiting.delete(pod.key);
  state.underWay += 1;
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
  ctx: Context,
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
  explanation: Explanation,
  ctx: Context,
): void {
  const stored = store.get(pod.key);
  if (!stored || !stillWants(stored, pod)) return;
  const waiting = state.waiting.add(pod, explanation);
  if (isNews(waiting)) tell(store, state, waiting, ctx);
}
