import type { PodFacts } from './facts.ts';

/** All that a pod asks a board to be, whatever room it needs there: pods of one kind suit the same boards. */
export function kindOf({ spec }: PodFacts): string {
  const { nodeSelector, affinity, tolerations } = spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return JSON.stringify([nodeSelector, required, tolerations]);
}

/**
 * All that decides which boards may take a pod: pods of one shape, such as those of one Deployment, are refused by the
 * same boards for the same reasons.
 */
export function shapeOf(pod: PodFacts): string {
  return `${kindOf(pod)}${JSON.stringify([pod.requests, pod.hostPorts])}`;
}
