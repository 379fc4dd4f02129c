import { boardFacts, type PodFacts, podFacts } from '@bramble/controller/scheduler/facts.ts';
import { Snapshot } from '@bramble/controller/scheduler/snapshot.ts';
import { boards } from './fleet.ts';
import { keyOf } from './objects.ts';
import { pods } from './pods.ts';

/** Bytes that the scheduler holds for each, beside the objects themselves, which the store holds. */
export interface Held {
  readonly perBoard: number;
  readonly perPod: number;
}

export function heldBy(boardCount: number, podCount: number, collectGarbage: () => void): Held {
  const heap = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const fleet = boards(boardCount);
  const wanted = pods(podCount);
  const snapshot = new Snapshot();
  const empty = heap();
  for (const object of fleet) snapshot.putBoard(boardFacts(object));
  const [first] = wanted;
  if (first) snapshot.eligible(factsOf(first));
  const withBoards = heap();
  for (const [index, object] of wanted.entries())
    snapshot.place(factsOf(object), fleet[index % boardCount]?.metadata.name ?? '');
  const withPods = heap();
  // Used once more, so that none of it could be collected before.
  if (snapshot.boards.size + fleet.length + wanted.length === 0) throw new Error('nothing was held');
  return { perBoard: (withBoards - empty) / boardCount, perPod: (withPods - withBoards) / podCount };
}

function factsOf(object: ReturnType<typeof pods>[number]): PodFacts {
  return podFacts(keyOf(object), object);
}
