import { containerDigest } from './container-spec.ts';
import type { DesiredPod } from './desired.ts';
import type { ObservedPod } from './observed.ts';

/** A container that is wanted otherwise than before is tried at once: what failed was the old wish. */
export function forgetOutdated(observed: ObservedPod, before: DesiredPod, after: DesiredPod): ObservedPod {
  if (observed.troubles.size === 0) return observed;
  const old = digests(before);
  const changed = [...digests(after)]
    .filter(([name, digest]) => old.get(name) !== digest)
    .map(([name]) => name);
  if (changed.length === 0) return observed;
  const troubles = new Map(observed.troubles);
  const pulled = new Map(observed.pulled);
  for (const name of changed) {
    troubles.delete(name);
    pulled.delete(name);
  }
  return { ...observed, troubles, pulled };
}

function digests({ pod }: DesiredPod): Map<string, string> {
  const containers = [...(pod?.spec?.initContainers ?? []), ...(pod?.spec?.containers ?? [])];
  return new Map(containers.map((container) => [container.name, containerDigest(container)]));
}
