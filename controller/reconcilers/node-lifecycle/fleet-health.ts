import type { NodeObject } from '../../workloads/objects.ts';
import { readinessOf } from './lost-taints.ts';

/** Above this share of boards lost at once, something else than the boards is taken to be at fault: Kubernetes' own. */
const unhealthyShare = 0.55;

/** How long after its own return the controller waits for its boards to come back before it holds silence against them. */
export const hearingGraceMs = 90_000;

/** What the controller knows of its own hearing. Milliseconds of the host's monotonic clock. */
export interface Hearing {
  /** Since when the link to the broker stands without a break; `undefined` while it does not. */
  readonly since: () => number | undefined;
}

/** Whether so many boards are silent that a common cause is likelier than many failures. */
export function isDisrupted(nodes: readonly NodeObject[]): boolean {
  const states = nodes.map(readinessOf).filter((state) => state !== 'unknown');
  const lost = states.filter((state) => state !== 'ready').length;
  return lost > 0 && lost > states.length * unhealthyShare;
}

/** Whether the silence of a board may be held against it. */
export function mayEvict(
  nodes: readonly NodeObject[],
  hearingSinceMs: number | undefined,
  nowMs: number,
): boolean {
  if (hearingSinceMs === undefined || nowMs - hearingSinceMs < hearingGraceMs) return false;
  return !isDisrupted(nodes);
}
