import type { Bounds } from './bounds.ts';
import type { Sizes } from './rolling-update.ts';

/** A ReplicaSet with pods, and the Deployment's largest size when it was last sized. */
export interface Share {
  readonly name: string;
  readonly replicas: number;
  readonly mostThen: number;
  readonly createdMs: number;
}

/**
 * New sizes for all ReplicaSets that have pods, when a Deployment is scaled in the middle of a rollout: each grows or
 * shrinks in proportion, so that no more is risked on the new version than before (Kubernetes' proportional scaling).
 */
export function proportionalSizes({ replicas, most }: Bounds, shares: readonly Share[]): Sizes {
  const allowed = replicas > 0 ? most : 0;
  const change = allowed - shares.reduce((total, share) => total + share.replicas, 0);
  const ordered = [...shares].sort((one, other) => bySize(one, other, change > 0));
  const sizes = new Map<string, number>();
  let done = 0;
  for (const share of ordered) {
    const part = partOf(share, replicas, most, change, change - done);
    sizes.set(share.name, share.replicas + part);
    done += part;
  }
  // What rounding left over is the largest one's.
  const [first] = ordered;
  if (first && change !== 0) sizes.set(first.name, Math.max(0, (sizes.get(first.name) ?? 0) + change - done));
  return sizes;
}

/** The largest first; of equals the newest when growing, and the oldest when shrinking. */
function bySize(one: Share, other: Share, growing: boolean): number {
  if (one.replicas !== other.replicas) return other.replicas - one.replicas;
  return growing ? other.createdMs - one.createdMs : one.createdMs - other.createdMs;
}

function partOf(share: Share, replicas: number, most: number, change: number, left: number): number {
  if (share.replicas === 0 || change === 0 || left === 0) return 0;
  const wanted =
    replicas === 0
      ? -share.replicas
      : Math.round((share.replicas * most) / Math.max(1, share.mostThen)) - share.replicas;
  return change > 0 ? Math.min(wanted, left) : Math.max(wanted, left);
}
