import type { DaemonSetStatus } from '@bramble/protocol/schema/types.generated.ts';
import type { BoardFacts } from '../../scheduler/facts.ts';
import type { DaemonSetObject, PodObject } from '../../workloads/objects.ts';
import {
  availableInMs,
  createdMs,
  isAvailable,
  isDeleting,
  isFinished,
  isReady,
} from '../../workloads/pod-facts.ts';
import { soonest } from '../queue/reconciler.ts';
import { boardOf, type Placement, placementOn } from './placement.ts';
import { outdatedToReplace } from './rolling-update.ts';

/** The label by which a daemon's pods of one template are told from those of another. */
export const revisionHashLabel = 'controller-revision-hash';

/** Pods made or deleted in one go. */
export const burst = 100;
/** A daemon whose pod ended is started again on that board, and not in a tight loop. */
const endedAgainMs = 10_000;

export interface BoardPods {
  readonly board: BoardFacts;
  readonly placement: Placement;
  /** Of this daemon, the oldest first; without those that are on their way out. */
  readonly pods: readonly PodObject[];
  readonly leaving: readonly PodObject[];
}

export interface DaemonDecision {
  readonly create: readonly string[];
  readonly remove: readonly PodObject[];
  readonly status: DaemonSetStatus;
  readonly lookAgainMs: number | undefined;
}

/** What a DaemonSet needs: one pod of the newest template on each board that should have one. */
export function computeDaemonSet(
  daemonSet: DaemonSetObject,
  boards: readonly BoardFacts[],
  own: readonly PodObject[],
  hash: string,
  nowMs: number,
): DaemonDecision {
  const places = byBoard(daemonSet, boards, own);
  const onBoards = new Set(places.flatMap(({ pods }) => pods));
  const lost = own.filter((pod) => !isDeleting(pod) && !isFinished(pod) && !onBoards.has(pod));
  const goes = daemonSet.metadata.deletionTimestamp !== undefined;
  const managed = goes ? nothing : manage(places, nowMs);
  const replaced = goes ? [] : outdatedToReplace(daemonSet, places, hash, nowMs);
  const remove = [...new Set([...(goes ? [] : lost), ...managed.remove, ...replaced])];
  const minReady = daemonSet.spec.minReadySeconds ?? 0;
  const waits = [...onBoards].map((pod) => availableInMs(pod, minReady, nowMs)).filter((ms) => ms !== 0);
  return {
    create: managed.create.slice(0, burst),
    remove: remove.slice(0, burst),
    status: statusOf(daemonSet, places, hash, nowMs),
    lookAgainMs: soonest(managed.lookAgainMs, ...waits),
  };
}

interface Managed {
  readonly create: readonly string[];
  readonly remove: readonly PodObject[];
  readonly lookAgainMs: number | undefined;
}

const nothing: Managed = { create: [], remove: [], lookAgainMs: undefined };

/** One pod where one belongs, and none where none may stay. A pod that ended makes room for another. */
function manage(places: readonly BoardPods[], nowMs: number): Managed {
  const create: string[] = [];
  const remove: PodObject[] = [];
  const waits: number[] = [];
  for (const { board, placement, pods, leaving } of places) {
    const running = pods.filter((pod) => !isFinished(pod));
    if (!placement.stays) remove.push(...pods);
    else {
      remove.push(...running.slice(1));
      for (const pod of pods.filter(isFinished)) {
        const waitMs = createdMs(pod) + endedAgainMs - nowMs;
        if (waitMs <= 0) remove.push(pod);
        else waits.push(waitMs);
      }
    }
    if (placement.runs && pods.length + leaving.length === 0) create.push(board.name);
  }
  return { create, remove, lookAgainMs: soonest(...waits) };
}

function byBoard(
  { spec }: DaemonSetObject,
  boards: readonly BoardFacts[],
  own: readonly PodObject[],
): BoardPods[] {
  const on = new Map<string, PodObject[]>();
  for (const pod of own) {
    const node = boardOf(pod) ?? '';
    on.set(node, [...(on.get(node) ?? []), pod]);
  }
  return boards.map((board) => {
    const pods = [...(on.get(board.name) ?? [])].sort(oldestFirst);
    return {
      board,
      placement: placementOn(board, spec.template.spec ?? { containers: [] }),
      pods: pods.filter((pod) => !isDeleting(pod)),
      leaving: pods.filter((pod) => isDeleting(pod)),
    };
  });
}

/** Of several on one board the one that runs there stays, and among equals the oldest. */
function oldestFirst(one: PodObject, other: PodObject): number {
  const bound = (pod: PodObject): number => (pod.spec.nodeName ? 0 : 1);
  return bound(one) - bound(other) || createdMs(one) - createdMs(other);
}

function statusOf(
  { metadata, spec, status }: DaemonSetObject,
  places: readonly BoardPods[],
  hash: string,
  nowMs: number,
): DaemonSetStatus {
  const minReady = spec.minReadySeconds ?? 0;
  const desired = places.filter(({ placement }) => placement.runs);
  const first = desired.map(({ pods }) => pods[0]).filter((pod) => pod !== undefined);
  const available = first.filter((pod) => isAvailable(pod, minReady, nowMs)).length;
  return {
    desiredNumberScheduled: desired.length,
    currentNumberScheduled: first.length,
    numberMisscheduled: places.filter(({ placement, pods }) => !placement.runs && pods.length > 0).length,
    numberReady: first.filter(isReady).length,
    updatedNumberScheduled: first.filter((pod) => hasHash(pod, hash)).length,
    numberAvailable: available,
    numberUnavailable: desired.length - available,
    observedGeneration: metadata.generation,
    ...(status?.conditions && { conditions: status.conditions }),
  };
}

export function hasHash({ metadata }: PodObject, hash: string): boolean {
  return metadata.labels?.[revisionHashLabel] === hash;
}
