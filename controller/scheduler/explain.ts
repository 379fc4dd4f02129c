import type { Refusal } from './filters.ts';

/** What is told of a pod that waits. */
export interface Explanation {
  /** The sentence alone, without the boards' details. */
  readonly summary: string;
  readonly why: string;
}

export function explanationOf(refusals: ReadonlyMap<string, Refusal>): Explanation {
  const summary = summaryOf(refusals);
  return { summary, why: withBoards(summary, refusals) };
}

/** An event's message may have 1,024 bytes (Kubernetes events.k8s.io/v1 `note`). */
const messageCharacters = 1_000;

/** Kube-scheduler's sentence: how many boards there are, and how many refuse for which reason. */
function summaryOf(refusals: ReadonlyMap<string, Refusal>): string {
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
  return explanationOf(refusals).why;
}

function withBoards(summary: string, refusals: ReadonlyMap<string, Refusal>): string {
  let message = summary;
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
