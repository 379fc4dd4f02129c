import type { PodFacts } from './facts.ts';
import { type Refusal, refusalOf } from './filters.ts';
import { score } from './score.ts';
import type { Board, Snapshot } from './snapshot.ts';

export type Placement =
  | { readonly placed: true; readonly node: string }
  | { readonly placed: false; readonly refusals: ReadonlyMap<string, Refusal> };

/** Where one pod goes: the best of the boards that may take it. `tie`, in [0, 1), decides between equals. */
export function placePod(pod: PodFacts, snapshot: Snapshot, tie: number): Placement {
  const refusals = new Map<string, Refusal>();
  let best: Board[] = [];
  let bestScore = -1;
  for (const board of snapshot.boards.values()) {
    const refusal = refusalOf(pod, board);
    if (refusal) {
      refusals.set(board.facts.name, refusal);
      continue;
    }
    const points = score(pod, board);
    if (points > bestScore) {
      best = [board];
      bestScore = points;
    } else if (points === bestScore) best.push(board);
  }
  const chosen = best[Math.floor(tie * best.length)];
  return chosen ? { placed: true, node: chosen.facts.name } : { placed: false, refusals };
}

/** An event's message may have 1,024 bytes (Kubernetes events.k8s.io/v1 `note`). */
const messageCharacters = 1_000;

/** Kube-scheduler's sentence: how many boards there are, and how many refuse for which reason. */
export function summaryOf(refusals: ReadonlyMap<string, Refusal>): string {
  if (refusals.size === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const { reason } of refusals.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, count]) => `${count} ${reason}`);
  return `0/${refusals.size} nodes are available: ${reasons.join(', ')}.`.slice(0, messageCharacters);
}

/** The sentence, then each board and its reason, as far as an event has room. */
export function explain(refusals: ReadonlyMap<string, Refusal>): string {
  let message = summaryOf(refusals);
  let told = 0;
  for (const [node, { reason, detail }] of refusals) {
    const line = `${told === 0 ? ' ' : '; '}${node}: ${reason.replace(/^node\(s\) /, '')}${detail ? ` (${detail})` : ''}`;
    if (message.length + line.length > messageCharacters)
      return `${message}; and ${refusals.size - told} more`;
    message += line;
    told += 1;
  }
  return message;
}
