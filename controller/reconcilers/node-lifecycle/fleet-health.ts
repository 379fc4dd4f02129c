import { silenceMs } from '@bramble/protocol/keepalive.ts';
import { keepaliveOf } from '../../fleet/node-object.ts';
import type { NodeObject } from '../../workloads/objects.ts';

/** Above this share of boards lost at once, something else than the boards is taken to be at fault: Kubernetes' own. */
const unhealthyShare = 0.55;

/** How long after its own return the controller waits at least for a board to come back before it holds silence against it. */
export const hearingGraceMs = 90_000;

/** What the controller knows of its own hearing. Milliseconds of the host's monotonic clock. */
export interface Hearing {
  /** Since when the link to the broker stands without a break; `undefined` while it does not. */
  readonly since: () => number | undefined;
}

export interface FleetCounts {
  /** Boards that are away. */
  readonly lost: number;
  /** All that a board has ever spoken for. */
  readonly heardOf: number;
}

/** Whether so many boards are silent that a common cause is likelier than many failures (guarantee G6). */
export function isDisrupted({ lost, heardOf }: FleetCounts): boolean {
  return lost > 0 && lost > heardOf * unhealthyShare;
}

/**
 * Boards that one cause has cut off are called lost one after the other, each one and a half keepalives after its last
 * ping, over one keepalive in all. Before two thirds of that, and of the boards, nobody can tell whether it is one board or
 * most of them: 20 s for a usual board.
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
  fleet: FleetCounts,
  { hearingSinceMs, lostSinceMs, nowMs }: Silence,
): boolean {
  const graceMs = Math.max(hearingGraceMs, 2 * silenceMs(keepaliveOf(node)));
  if (hearingSinceMs === undefined || nowMs - hearingSinceMs < graceMs) return false;
  if (nowMs - (lostSinceMs ?? nowMs) < gatheringMs(node) - usualGatheringMs) return false;
  return !isDisrupted(fleet);
}
