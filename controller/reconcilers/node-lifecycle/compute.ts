import type { Taint } from '@bramble/protocol/schema/types.generated.ts';
import { silentBeforeMs } from '../../fleet/node-conditions.ts';
import type { NodeObject, PodObject } from '../../workloads/objects.ts';
import { isActive } from '../../workloads/pod-facts.ts';
import { soonest } from '../queue/reconciler.ts';
import { gatheringMs } from './fleet-health.ts';
import { isLifecycleTaint, readinessOf, wantedTaints } from './lost-taints.ts';
import { asFound, asLost } from './pod-readiness.ts';
import type { TaintClock } from './taint-clock.ts';
import { toleratedForMs } from './toleration-time.ts';

/** Pods written about in one go. */
const batch = 100;
/** An agent that is started anew is away for a moment, and its pods serve on: they are not doubted at once. */
export const doubtAfterMs = 20_000;
/** While nothing may be held against a board, it is looked at again so often. */
const waitAgainMs = 10_000;

export interface NodeFacts {
  readonly node: NodeObject;
  readonly pods: readonly PodObject[];
  readonly mayEvict: boolean;
  /** Silence that befell most of the fleet says nothing about a single pod. */
  readonly mayDoubt: boolean;
  /** Since when the board is away, by the clock of `monotonicMs`; `undefined` while it is not. */
  readonly lostSinceMs: number | undefined;
  readonly clock: TaintClock;
  readonly monotonicMs: number;
  readonly now: string;
}

export interface NodeDecision {
  /** `undefined`: they are as they should be. */
  readonly taints: readonly Taint[] | undefined;
  readonly evict: readonly PodObject[];
  /** Pods with another readiness. */
  readonly restate: readonly PodObject[];
  readonly lookAgainMs: number | undefined;
}

/** What follows from a Node's readiness and taints for the Node and the pods on it. */
export function computeNode(facts: NodeFacts): NodeDecision {
  const { node, now } = facts;
  const given = node.spec?.taints ?? [];
  const wanted = wantedTaints(node, facts.mayEvict, now);
  const same = wanted.length === given.length && wanted.every((taint) => given.includes(taint));
  const { evict, lookAgainMs } = evictions(facts);
  const going = new Set(evict);
  const isLost = readinessOf(node) === 'unreachable';
  const untilDoubtMs = isLost && facts.mayDoubt ? doubtInMs(facts) : undefined;
  const restated = facts.pods
    .filter((pod) => !going.has(pod))
    .map((pod) => (isLost ? (untilDoubtMs === 0 ? asLost(pod, now) : undefined) : asFoundOn(node, pod, now)))
    .filter((pod) => pod !== undefined);
  const waits = (isLost || readinessOf(node) === 'not-ready') && !(facts.mayEvict && facts.mayDoubt);
  const more = restated.length > batch || evict.length > batch;
  return {
    taints: same ? undefined : wanted,
    evict: evict.slice(0, batch),
    restate: restated.slice(0, batch),
    lookAgainMs: soonest(
      lookAgainMs,
      untilDoubtMs === 0 ? undefined : untilDoubtMs,
      waits ? waitAgainMs : undefined,
      more ? 0 : undefined,
    ),
  };
}

function doubtInMs({ node, lostSinceMs, monotonicMs }: NodeFacts): number {
  const graceMs = Math.max(gatheringMs(node), doubtAfterMs - silentBeforeMs(node));
  return Math.max(0, (lostSinceMs ?? monotonicMs) + graceMs - monotonicMs);
}

function asFoundOn(node: NodeObject, pod: PodObject, now: string): PodObject | undefined {
  return readinessOf(node) === 'ready' ? asFound(pod, now) : undefined;
}

function evictions({ node, pods, mayEvict, clock, monotonicMs }: NodeFacts): {
  readonly evict: readonly PodObject[];
  readonly lookAgainMs: number | undefined;
} {
  const { name } = node.metadata;
  const counting = (node.spec?.taints ?? []).filter(
    (taint) => taint.effect === 'NoExecute' && (mayEvict || !isLifecycleTaint(taint)),
  );
  clock.keepOnly(name, counting);
  const elapsed = counting.map((taint) => ({ taint, ms: clock.elapsedMs(name, taint, monotonicMs) }));
  const evict: PodObject[] = [];
  const waits: number[] = [];
  for (const pod of pods.filter(isActive)) {
    const left = elapsed
      .map(({ taint, ms }) => [toleratedForMs(taint, pod.spec.tolerations ?? []), ms] as const)
      .flatMap(([time, ms]) => (time === undefined ? [] : [time - ms]));
    const soonestMs = soonest(...left);
    if (soonestMs === undefined) continue;
    if (soonestMs <= 0) evict.push(pod);
    else waits.push(soonestMs);
  }
  return { evict, lookAgainMs: soonest(...waits) };
}
