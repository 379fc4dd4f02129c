import type { Bounds } from './bounds.ts';

/** A ReplicaSet as the rolling update sees it. `available` may be out of date: never more than `replicas` are counted. */
export interface Member {
  readonly name: string;
  readonly replicas: number;
  readonly available: number;
  /** Its own reconciler has seen its newest size, so that `available` can be of no earlier one. */
  readonly observed: boolean;
}

/** A new size for some of the ReplicaSets, by name. */
export type Sizes = ReadonlyMap<string, number>;

/**
 * The next step of a rolling update (Kubernetes' `rolloutRolling`): the new ReplicaSet grows as far as the surge allows,
 * or the old ones shrink as far as availability allows. `old` is in order of age, the oldest first.
 */
export function nextSizes(bounds: Bounds, newest: Member, old: readonly Member[]): Sizes {
  const grown = sizeOfNewest(bounds, newest, old);
  if (grown !== newest.replicas) return new Map([[newest.name, grown]]);
  // Nothing shrinks on the word of a status that is older than the last change.
  if (![newest, ...old].every(({ observed }) => observed)) return new Map();
  return sizesOfOld(bounds, newest, old);
}

/** How large the newest ReplicaSet may be beside these others. */
export function sizeOfNewest(
  { replicas, most }: Bounds,
  newest: Pick<Member, 'replicas'>,
  old: readonly Member[],
): number {
  if (newest.replicas >= replicas) return replicas;
  const room = most - sum(old, ({ replicas: size }) => size) - newest.replicas;
  return newest.replicas + Math.max(0, Math.min(room, replicas - newest.replicas));
}

function sizesOfOld({ least }: Bounds, newest: Member, old: readonly Member[]): Sizes {
  const sizes = new Map<string, number>();
  const all = [newest, ...old];
  const newUnavailable = newest.replicas - availableOf(newest);
  // So many can go and `least` still serve, those old ones not counted that do not serve.
  let mayGo = sum(all, ({ replicas }) => replicas) - least - newUnavailable;
  const take = (member: Member, atMost: number): void => {
    const size = sizes.get(member.name) ?? member.replicas;
    const count = Math.min(mayGo, atMost, size);
    if (count <= 0) return;
    sizes.set(member.name, size - count);
    mayGo -= count;
  };
  // Those go first: they make room, and nobody misses them.
  for (const member of old) take(member, member.replicas - availableOf(member));
  for (const member of old) take(member, member.replicas);
  return sizes;
}

export function availableOf({ replicas, available }: Member): number {
  return Math.min(replicas, available);
}

function sum(members: readonly Member[], value: (member: Member) => number): number {
  return members.reduce((total, member) => total + value(member), 0);
}
