import type { PodFacts } from './facts.ts';
import { type Refusal, refusalOf, roomRefusalOf } from './filters.ts';
import { pinnedTo } from './node-affinity.ts';
import { score } from './score.ts';
import type { Board, Snapshot } from './snapshot.ts';

export type Placement =
  | { readonly placed: true; readonly node: string }
  | { readonly placed: false; readonly refusals: ReadonlyMap<string, Refusal> };

/**
 * Among so many boards that may take a pod the best is chosen, and no others are looked at: to look at all of a large
 * fleet for each pod costs more than all the rest, and the best of fifty leaves thousands of boards as evenly used as the
 * best of them all.
 */
const enoughBoards = 50;
/** For a pod that prefers some boards to others: they may be few. Kube-scheduler looks at as many of 5,000. */
const enoughForWishes = 500;

/** Where one pod goes: the best of the boards that may take it. `tie`, in [0, 1), decides between equals. */
export function placePod(pod: PodFacts, snapshot: Snapshot, tie: number): Placement {
  const chosen = bestOf(pod, candidates(pod, snapshot), tie);
  if (chosen) return { placed: true, node: chosen.facts.name };
  return { placed: false, refusals: refusalsOf(pod, snapshot) ?? new Map() };
}

/** Why no board takes the pod, board by board; `undefined` when one does. */
export function refusalsOf(pod: PodFacts, snapshot: Snapshot): ReadonlyMap<string, Refusal> | undefined {
  const refusals = new Map<string, Refusal>();
  for (const board of snapshot.boards.values()) {
    const refusal = refusalOf(pod, board);
    if (!refusal) return undefined;
    refusals.set(board.facts.name, refusal);
  }
  return refusals;
}

/** Boards that may take the pod: all, or of a large fleet enough to choose from. */
function candidates(pod: PodFacts, snapshot: Snapshot): Board[] {
  const names = pinnedTo(pod.spec.affinity);
  if (names) return boardsNamed(names, snapshot).filter((board) => !refusalOf(pod, board));
  const wishes = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
  const enough = wishes ? enoughForWishes : enoughBoards;
  const eligible = snapshot.eligible(pod);
  if (eligible.size <= enough) return eligible.all.filter((board) => !roomRefusalOf(pod, board));
  const found: Board[] = [];
  for (let looks = 0; looks < eligible.size && found.length < enough; looks += 1) {
    const board = eligible.next();
    if (!roomRefusalOf(pod, board)) found.push(board);
  }
  return found;
}

function boardsNamed(names: readonly string[], { boards }: Snapshot): Board[] {
  return [...new Set(names)].flatMap((name) => boards.get(name) ?? []);
}

function bestOf(pod: PodFacts, boards: readonly Board[], tie: number): Board | undefined {
  let best: Board[] = [];
  let bestScore = -1;
  for (const board of boards) {
    const points = score(pod, board);
    if (points > bestScore) {
      best = [board];
      bestScore = points;
    } else if (points === bestScore) best.push(board);
  }
  return best[Math.floor(tie * best.length)];
}
