import type { Pod } from '@bramble/protocol/schema/types.generated.ts';

/** Kubernetes' default; also of a pod of which only containers were found. */
const defaultGraceSeconds = 30;

/** What a pod asks for itself, where nobody has said otherwise on deleting it. */
export function ownGraceSeconds(pod: Pod | undefined): number {
  return pod?.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds;
}
