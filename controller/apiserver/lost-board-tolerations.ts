import type { KubeObject } from '@bramble/protocol/kube.ts';
import { objectAt } from '@bramble/protocol/schema/json.ts';
import type { Toleration } from '@bramble/protocol/schema/types.generated.ts';

/** How long a pod stays bound to a board that is gone, unless it says otherwise: Kubernetes' DefaultTolerationSeconds. */
const tolerationSeconds = 300;
const lostTaints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** The pod with a toleration for each way in which its board may be gone, where it has none of its own. */
export function withLostBoardTolerations(pod: KubeObject): KubeObject {
  const spec = objectAt(pod, 'spec');
  const given = (spec['tolerations'] ?? []) as readonly Toleration[];
  const missing = lostTaints.filter((key) => !given.some((toleration) => covers(toleration, key)));
  if (missing.length === 0) return pod;
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }));
  return { ...pod, spec: { ...spec, tolerations: [...given, ...added] } };
}

/** A pod that is replaced by what a person once wrote keeps what was added to it when it was made. */
export function keepingLostBoardTolerations(pod: KubeObject, current: KubeObject): KubeObject {
  const hasThem = withLostBoardTolerations(current) === current;
  return hasThem ? withLostBoardTolerations(pod) : pod;
}

function covers({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}
