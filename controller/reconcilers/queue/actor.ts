import type { Actor, ActorContext } from '@bramble/actors/index.ts';
import type { EventRecorder } from '../../events/recorder.ts';
import type { StoreEvent } from '../../store/types.ts';
import { type Finished, KeyedQueue } from './keyed-queue.ts';
import { type Outcome, perform, type WritePorts } from './perform.ts';
import type { Plan, PlannedWrite, Reconciler, ReconcilerFactory } from './reconciler.ts';

export interface ReconcilerPorts extends WritePorts {
  readonly events: EventRecorder;
}

type Message =
  | { readonly type: 'changes'; readonly watch: number; readonly events: readonly StoreEvent[] }
  | { readonly type: 'work' }
  | {
      readonly type: 'performed';
      readonly key: string;
      readonly plan: Plan;
      readonly outcomes: readonly Outcome[];
      readonly restMs: number;
    };

interface State {
  readonly reconciler: Reconciler;
  readonly queue: KeyedQueue;
  readonly stops: (() => void)[];
  /** What the last failure of a key said. */
  readonly messages: Map<string, string>;
}

const backoff = { firstMs: 50, maxMs: 60_000 };
/** Keys whose writes may wait for the disk at once. */
const mostUnderWay = 16;
/** Of all time at most one part in so many is spent on one key: a large workload changes often, and each look is long. */
const restShare = 10;
/** Others have their turn after this long. */
const sliceMs = 5;

/** Runs one reconciler: watches what it asks to watch, and gives it one key after the other. */
export function reconcilerActor(ports: ReconcilerPorts, make: ReconcilerFactory): Actor<State, Message> {
  return {
    start: (ctx) => start(ports, make, ctx),
    receive(state, message, ctx) {
      if (message.type === 'changes') changed(state, message);
      else if (message.type === 'performed') performed(ports, state, message, ctx);
      else work(ports, state, ctx);
      wake(state, ctx);
      return state;
    },
    stopped(state) {
      for (const stop of state.stops) stop();
    },
  };
}

function start(ports: ReconcilerPorts, make: ReconcilerFactory, ctx: ActorContext<Message>): State {
  const reconciler = make(ctx.host);
  const stops: (() => void)[] = [];
  const state: State = { reconciler, queue: new KeyedQueue(backoff), stops, messages: new Map() };
  for (const key of reconciler.first ?? []) state.queue.add(key);
  for (const [watch, { prefix }] of reconciler.watches.entries()) {
    const onEvents = ctx.listen(
      (events: readonly StoreEvent[]): Message => ({ type: 'changes', watch, events }),
    );
    const begun = ports.store.watch({ prefix, from: undefined, onEvents });
    if (!begun.ok) throw new Error(`the store refuses to watch ${prefix}`);
    stops.push(begun.stop);
    const present = ports.store.list(prefix);
    changed(state, {
      watch,
      events: present.map((stored) => ({ type: 'added', stored, previous: undefined })),
    });
  }
  wake(state, ctx);
  return state;
}

function changed(
  { reconciler, queue }: State,
  { watch, events }: Pick<Extract<Message, { type: 'changes' }>, 'watch' | 'events'>,
): void {
  const rule = reconciler.watches[watch];
  if (!rule) return;
  for (const event of events) for (const key of rule.keys(event)) queue.add(key);
}

function wake({ queue }: State, ctx: ActorContext<Message>): void {
  if (queue.underWay >= mostUnderWay) return;
  const dueInMs = queue.dueInMs(ctx.host.monotonic());
  // Through a timer and not the inbox: the changes that are under way come first.
  if (dueInMs !== undefined) ctx.setTimer('work', Math.ceil(dueInMs), { type: 'work' });
}

function work(ports: ReconcilerPorts, state: State, ctx: ActorContext<Message>): void {
  const began = ctx.host.monotonic();
  while (state.queue.underWay < mostUnderWay && ctx.host.monotonic() - began <= sliceMs) {
    const key = state.queue.take(began);
    if (key === undefined) return;
    begin(ports, state, key, ctx);
  }
}

function begin(ports: ReconcilerPorts, state: State, key: string, ctx: ActorContext<Message>): void {
  const began = ctx.host.monotonic();
  const plan = decide(state, key, ctx);
  const restMs = Math.floor((ctx.host.monotonic() - began) * restShare);
  if (!plan) return finish(state, key, { failed: true }, ctx);
  for (const note of plan.notes ?? []) ports.events.send({ type: 'note', note });
  const { writes, requeueAfterMs } = plan;
  if (writes.length === 0) return finish(state, key, { failed: false, requeueAfterMs, restMs }, ctx);
  // What goes wrong is an outcome: this never rejects.
  const performed = Promise.all(writes.map(({ write }) => perform(ports, write, ctx.host)));
  const told = (outcomes: readonly Outcome[]): Message => ({
    type: 'performed',
    key,
    plan,
    outcomes,
    restMs,
  });
  ctx.pipe(performed, told, (error) => told([{ type: 'failed', message: String(error) }]));
}

/** One object that we cannot cope with must not keep all the others from being looked after: it is tried ever more rarely. */
function decide(state: State, key: string, ctx: ActorContext<Message>): Plan | undefined {
  try {
    const failures = state.queue.failuresOf(key);
    return state.reconciler.reconcile(key, { failures, message: state.messages.get(key) });
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    ctx.log('error', 'reconciling failed unexpectedly', { key, error: text });
    return undefined;
  }
}

function performed(
  ports: ReconcilerPorts,
  state: State,
  { key, plan, outcomes, restMs }: Extract<Message, { type: 'performed' }>,
  ctx: ActorContext<Message>,
): void {
  for (const [index, outcome] of outcomes.entries()) tell(ports, plan.writes[index], outcome);
  const failure = outcomes.find((outcome) => outcome.type === 'failed');
  if (failure) {
    state.messages.set(key, failure.message);
    ctx.log('debug', 'a write failed', { key, error: failure.message });
  } else state.messages.delete(key);
  const failed = outcomes.some(({ type }) => type !== 'done');
  finish(state, key, { failed, requeueAfterMs: plan.requeueAfterMs, restMs }, ctx);
}

function tell({ events }: ReconcilerPorts, planned: PlannedWrite | undefined, outcome: Outcome): void {
  if (outcome.type === 'done' && outcome.object && planned?.onDone)
    events.send({ type: 'note', note: planned.onDone(outcome.object) });
  if (outcome.type === 'failed' && planned?.onFailed)
    events.send({ type: 'note', note: planned.onFailed(outcome.message) });
}

function finish(state: State, key: string, finished: Finished, { host }: ActorContext<Message>): void {
  state.queue.finish(key, finished, host.monotonic(), host.random());
  if (!finished.failed) state.messages.delete(key);
}
