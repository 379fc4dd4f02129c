import { silenceMs } from '@bramble/protocol/keepalive.ts';
import { keepaliveOf } from '../../fleet/node-object.ts';
import type { NodeObject } from '../../workloads/objects.ts';
import { readinessOf } from './lost-taints.ts';

/** Above this share of boards lost at once, something else than the boards is taken to be at fault: Kubernetes' own. */
const unhealthyShare = 0.55;

/** How long after its own return the controller waits at least for a board to come back before it holds silence against it. */
export const hearingGraceMs = 90_000;

/** What the controller knows of its own hearing. Milliseconds of the host's monotonic clock. */
export interface Hearing {
  /** Since when the link to the broker stands without a break; `undefined` while it does not. */
  readonly since: () => number | undefined;
}

/** Whether so many boards are silent that a common cause is likelier than many failures (guarantee G6). */
export function isDisrupted(nodes: readonly NodeObject[]): boolean {
  const states = nodes.map(readinessOf).filter((state) => state !== 'unknown');
  const lost = states.filter((state) => state !== 'ready').length;
  return lost > 0 && lost > states.length * unhealthyShare;
}

/**
 * Boards that one cause has cut off are called lost one after the other, over half a keepalive. For so long, and some more,
 * nobody can tell whether it is one board or most of them: two thirds of its keepalive, 20 s for a usual board.
 */
export function gatheringMs(node: NodeObject): number {
  return (keepaliveOf(node) * 2_000) / 3;
}

/** Tolerations are meant for usual boards, and count from the loss of one. */
const usualGatheringMs = 20_000;

export interface Silence {
  /** Since when the controller hears, and since when it misses the board. Monotonic milliseconds, as `nowMs`. */
  readonly hearingSinceMs: number | undefined;
  readonly lostSinceMs: number | undefined;
  readonly nowMs: number;
}

/**
 * Whether the silence of a board may be held against it. One with a long keepalive may take that long to find out that
 * its connection is gone.
 */
export function mayEvict(
  node: NodeObject,
  nodes: readonly NodeObject[],
  { hearingSinceMs, lostSinceMs, nowMs }: Silence,
): boolean {
  const graceMs = Math.max(hearingGraceMs, 2 * silenceMs(keepaliveOf(node)));
  if (hearingSinceMs === undefined || nowMs - hearingSinceMs < graceMs) return false;
  if (nowMs - (lostSinceMs ?? nowMs) < gatheringMs(node) - usualGatheringMs) return false;
  return !isDisrupted(nodes);
}
