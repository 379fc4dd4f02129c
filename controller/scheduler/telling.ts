import type { ActorContext } from '@bramble/actors/index.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { ObjectStore, TransactionResult } from '../store/types.ts';
import { unschedulableOf } from './binding.ts';
import { explanationOf } from './explain.ts';
import type { PodFacts } from './facts.ts';
import { refusalsOf } from './plan.ts';
import { type SchedulerState, stillWants } from './queue.ts';
import type { Message } from './scheduler.ts';
import { anyOf, type Group, isNews, type Waiting } from './waiting.ts';

type Context = ActorContext<Message>;

/** Looking for what has changed for pods that wait lets others have their turn after this long. */
const tellSliceMs = 5;
const tellsPerSlice = 20;
/** What the writes for one pod take of the controller elsewhere, about. */
const tellCostMs = 0.25;
/** It may be out of date for thousands of pods with each change of a board: pauses so many times as long as the work keep it a small part of what the controller does. */
const pausesPerWork = 20;

/** Tells pods that wait why they do, where that has changed; a part of it, if there is much. */
export function tellSome(store: ObjectStore, state: SchedulerState, ctx: Context): void {
  const began = ctx.host.monotonic();
  const isOver = (): boolean => ctx.host.monotonic() - began > tellSliceMs;
  lookAnew(state, isOver);
  const told = tellNews(store, state, ctx, isOver);
  const now = ctx.host.monotonic();
  state.tellFromMs = now + pausesPerWork * (now - began + told * tellCostMs);
}

function lookAnew({ snapshot, waiting }: SchedulerState, isOver: () => boolean): void {
  for (const group of waiting.stale()) {
    const refusals = refusalsOf(anyOf(group), snapshot);
    waiting.explained(group, refusals && explanationOf(refusals));
    if (isOver()) return;
  }
}

/** Answers to how many pods something was told. */
function tellNews(store: ObjectStore, state: SchedulerState, ctx: Context, isOver: () => boolean): number {
  let told = 0;
  for (const group of state.waiting.untold) {
    for (const pod of group.pods.values()) {
      if (!isNews(pod)) continue;
      if (told >= tellsPerSlice || isOver()) return told;
      tell(store, state, pod, ctx);
      told += 1;
    }
    allTold(state, group);
  }
  return told;
}

function allTold({ waiting }: SchedulerState, group: Group): void {
  waiting.untold.delete(group);
  group.detailed = false;
}

/** Writes to the pod why it waits. */
export function tell(store: ObjectStore, state: SchedulerState, waiting: Waiting, ctx: Context): void {
  const { pod, group } = waiting;
  const { explanation } = group;
  waiting.told = explanation;
  const stored = store.get(pod.key);
  if (!stored || !stillWants(stored, pod)) return;
  const { why } = explanation;
  state.underWay += 1;
  ctx.pipe(
    store.commit({
      conditions: [{ key: pod.key, revision: stored.revision }],
      writes: [{ type: 'put', key: pod.key, object: unschedulableOf(stored.object, why, ctx.host) }],
    }),
    (result) => ({ type: 'noted', pod, why, result }),
    (error) => ({ type: 'store-failed', pod, placed: false, error }),
  );
}

/** What was written of a pod's reasons becomes its event. */
export function noted(
  events: EventRecorder,
  state: SchedulerState,
  { pod, why, result }: { pod: PodFacts; why: string; result: TransactionResult },
): void {
  if (!result.ok) {
    forgetTold(state, pod);
    // Somebody else wrote to the pod at this moment: what was written may be in the queue already, and is newer than this.
    const isKnown = state.queue.has(pod.key) || state.waiting.get(pod.key)?.pod.uid !== pod.uid;
    if (result.reason === 'conflict' && !isKnown) state.queue.set(pod.key, pod);
    return;
  }
  const about = result.objects[0]?.object;
  if (!about) return;
  const source = 'bramble-scheduler';
  const note = { type: 'Warning', reason: 'FailedScheduling', message: why, source, about } as const;
  events.send({ type: 'note', note: { ...note, replaces: true } });
}

/** The reason was not written, so it is told again. */
export function forgetTold({ waiting }: SchedulerState, pod: PodFacts): void {
  const entry = waiting.get(pod.key);
  if (entry?.pod.uid !== pod.uid) return;
  entry.told = undefined;
  waiting.untold.add(entry.group);
}
