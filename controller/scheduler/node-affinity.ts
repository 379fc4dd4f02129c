import { requirementHolds } from '@bramble/protocol/placement/requirement.ts';
import type { Affinity, NodeSelectorTerm } from '@bramble/protocol/schema/types.generated.ts';
import type { BoardFacts } from './facts.ts';

export function matchesNodeSelector(
  selector: Readonly<Record<string, string>> | undefined,
  board: BoardFacts,
): boolean {
  // Asked for every board: no list of entries is made.
  for (const key in selector) if (board.labels[key] !== selector[key]) return false;
  return true;
}

/** `requiredDuringSchedulingIgnoredDuringExecution`: one of the terms must match, an empty list of terms matches nothing. */
export function matchesNodeAffinity(affinity: Affinity | undefined, board: BoardFacts): boolean {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, board));
}

/** The only boards that can match, where the pod names them as a DaemonSet's pods do; `undefined` where it does not. */
export function pinnedTo(affinity: Affinity | undefined): readonly string[] | undefined {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return undefined;
  const names: string[] = [];
  for (const { matchFields } of required.nodeSelectorTerms ?? []) {
    const named = matchFields?.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (!named) return undefined;
    names.push(...(named.values ?? []));
  }
  return names;
}

/** Sum of the weights of the preferred terms that match, and of all weights. */
export function preference(
  affinity: Affinity | undefined,
  board: BoardFacts,
): { matched: number; all: number } {
  let matched = 0;
  let all = 0;
  for (const { weight, preference: term } of affinity?.nodeAffinity
    ?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    all += weight;
    if (matchesTerm(term, board)) matched += weight;
  }
  return { matched, all };
}

/** Kubernetes core/v1 NodeSelectorTerm: all requirements must hold; a term without any matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, board: BoardFacts): boolean {
  const labels = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (labels.length + fields.length === 0) return false;
  return (
    labels.every((requirement) => requirementHolds(requirement, board.labels[requirement.key])) &&
    fields.every(
      (requirement) => requirement.key === 'metadata.name' && requirementHolds(requirement, board.name),
    )
  );
}
