import type { Taint } from '@bramble/protocol/schema/types.generated.ts';
import type { NodeObject } from '../../workloads/objects.ts';

export const unreachableTaint = 'node.kubernetes.io/unreachable';
export const notReadyTaint = 'node.kubernetes.io/not-ready';
const lifecycleTaints: ReadonlySet<string> = new Set([unreachableTaint, notReadyTaint]);

export type Readiness = 'ready' | 'not-ready' | 'unreachable' | 'unknown';

/** `unknown`: a Node that no board has ever spoken for. */
export function readinessOf({ status }: NodeObject): Readiness {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready) return 'unknown';
  if (ready.status === 'True') return 'ready';
  return ready.status === 'False' ? 'not-ready' : 'unreachable';
}

export function isLifecycleTaint({ key }: Taint): boolean {
  return lifecycleTaints.has(key);
}

/**
 * The taints that a Node should have: those that others set, and those that follow from its readiness. Nothing new is
 * placed on a board that is away; what runs there is told to go only while `mayEvict`.
 */
export function wantedTaints(node: NodeObject, mayEvict: boolean, now: string): readonly Taint[] {
  const given = node.spec?.taints ?? [];
  const others = given.filter((taint) => !isLifecycleTaint(taint));
  const readiness = readinessOf(node);
  if (readiness !== 'not-ready' && readiness !== 'unreachable') return others;
  const key = readiness === 'unreachable' ? unreachableTaint : notReadyTaint;
  const standing = (effect: string): Taint | undefined =>
    given.find((taint) => taint.key === key && taint.effect === effect);
  const effects = mayEvict || standing('NoExecute') ? ['NoSchedule', 'NoExecute'] : ['NoSchedule'];
  return [...others, ...effects.map((effect) => standing(effect) ?? { key, effect, timeAdded: now })];
}
