import { parseQuantity } from '@bramble/protocol/schema/quantity.ts';
import type { Container, Pod } from '@bramble/protocol/schema/types.generated.ts';

const computed = ['cpu', 'memory'];

/** Kubernetes' quality of service class, from the requests and limits of CPU and memory. */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  if (!containers.some(asksForAnything)) return 'BestEffort';
  return containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

/**
 * What the kernel kills first when the board's memory ends: pods that asked for nothing, then those that asked for
 * little (the kubelet's formula). Guaranteed pods are left at the runtime's default, since a lower one takes a privilege.
 */
export function oomScoreOf(pod: Pod, container: Container, boardBytes: number): number | undefined {
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed') return undefined;
  if (qos === 'BestEffort') return 1_000;
  const asked = Number(nanoOf(container.resources?.requests?.['memory']) / 1_000_000_000n);
  const score = 1_000 - Math.floor((1_000 * asked) / Math.max(1, boardBytes));
  return Math.min(999, Math.max(3, score));
}

function asksForAnything({ resources }: Container): boolean {
  const lists = [resources?.limits, resources?.requests];
  return computed.some((name) => lists.some((list) => nanoOf(list?.[name]) > 0n));
}

function isGuaranteed({ resources }: Container): boolean {
  return computed.every((name) => {
    const limit = nanoOf(resources?.limits?.[name]);
    const request = resources?.requests?.[name];
    return limit > 0n && (request === undefined || nanoOf(request) === limit);
  });
}

function nanoOf(quantity: string | undefined): bigint {
  return quantity === undefined ? 0n : parseQuantity(quantity).nano;
}
