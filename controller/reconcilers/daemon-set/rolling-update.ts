import { scaledValue } from '@bramble/protocol/workloads/int-or-percent.ts';
import type { DaemonSetObject, PodObject } from '../../workloads/objects.ts';
import { isAvailable, isFinished } from '../../workloads/pod-facts.ts';
import { type BoardPods, hasHash } from './compute.ts';

/**
 * Pods of an older template that go now, so that at most `maxUnavailable` boards are without the daemon (Kubernetes'
 * `rollingUpdate`). One that does not serve anyway is replaced at once. With `OnDelete` a person decides.
 */
export function outdatedToReplace(
  { spec }: DaemonSetObject,
  places: readonly BoardPods[],
  hash: string,
  nowMs: number,
): readonly PodObject[] {
  if (spec.updateStrategy?.type === 'OnDelete') return [];
  const desired = places.filter(({ placement }) => placement.runs);
  const most = Math.max(
    1,
    scaledValue(spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, desired.length, 'up'),
  );
  const minReady = spec.minReadySeconds ?? 0;
  const useless: PodObject[] = [];
  const candidates: PodObject[] = [];
  let unavailable = 0;
  for (const { pods } of desired) {
    const [pod] = pods.filter((one) => !isFinished(one));
    const serves = pod !== undefined && isAvailable(pod, minReady, nowMs);
    if (!serves) unavailable += 1;
    if (!pod || hasHash(pod, hash)) continue;
    if (serves) candidates.push(pod);
    else useless.push(pod);
  }
  return [...useless, ...candidates.slice(0, Math.max(0, most - unavailable))];
}
